import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryStore, prefixed, type Store } from "@pocaduck/storage";
import { GcsStore } from "@pocaduck/storage-gcs";
import { HttpStore } from "@pocaduck/storage-http";
import { LocalStore } from "@pocaduck/storage-local";
import { S3Store, type S3StoreOptions } from "@pocaduck/storage-s3";
import { open } from "pocaduck";

/** Where the contract runs. */
export interface Place {
  name: string;
  /** A fresh, empty store, and the bytes that its prefix takes from the longest key. */
  empty(): Promise<{ store: Store; taken?: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function inMemory(): Place {
  return {
    name: "memory",
    empty: async () => ({ store: new MemoryStore() }),
    async [Symbol.asyncDispose]() {},
  };
}

export function onDisk(): Place {
  const folder = mkdtempSync(join(tmpdir(), "pocaduck-contract-"));
  return {
    name: "local",
    empty: async () => ({ store: new LocalStore(join(folder, randomUUID())) }),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

export function onMinio(options: S3StoreOptions): Place {
  return inBucket("S3 on MinIO", new S3Store(options));
}

export function onFakeGcs(endpoint: string, bucket: string): Place {
  return inBucket("GCS on fake-gcs-server", new GcsStore({ bucket, endpoint, partSize: 1 << 18 }));
}

function inBucket(name: string, store: S3Store | GcsStore): Place {
  return {
    name,
    async empty() {
      const scratch = `${randomUUID()}/`;
      return { store: prefixed(store, scratch), taken: scratch.length };
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** A store whose reading part goes over HTTP to a file server of ours; it has no listings. */
export class OverHttp extends MemoryStore {
  /** Whether somebody asked for a listing. */
  listed = false;
  readonly #reader: HttpStore;

  constructor(url: string) {
    super();
    this.#reader = new HttpStore(url);
  }

  /** What the server finds. */
  held(key: string): Promise<Uint8Array | undefined> {
    return super.get(key);
  }

  override get(...call: Parameters<Store["get"]>): Promise<Uint8Array | undefined> {
    return this.#reader.get(...call);
  }

  override getRange(...call: Parameters<Store["getRange"]>): Promise<Uint8Array | undefined> {
    return this.#reader.getRange(...call);
  }

  override async head(...call: Parameters<Store["head"]>): ReturnType<Store["head"]> {
    const meta = await this.#reader.head(...call);
    return meta && { ...meta, etag: meta.etag.replaceAll('"', "") };
  }

  override list(...call: Parameters<MemoryStore["list"]>): ReturnType<MemoryStore["list"]> {
    this.listed = true;
    return super.list(...call);
  }

  /** The etag that the store itself tells. */
  etag(key: string): Promise<string | undefined> {
    return super.head(key).then((meta) => meta?.etag);
  }
}

export async function overHttp(): Promise<Place> {
  let store: OverHttp;
  const server = createServer((request, response) => {
    void serve(store, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fly`;
  return {
    name: "HTTP, reading",
    async empty() {
      store = new OverHttp(url);
      return { store };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(
  store: OverHttp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const key = decodeURIComponent((request.url ?? "").replace("/fly/", ""));
  const body = await store.held(key).catch(() => undefined);
  if (!body) return void response.writeHead(404).end();
  response.setHeader("etag", `"${await store.etag(key)}"`);
  const [asked, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (asked === undefined) {
    response.writeHead(200, { "content-length": body.length });
    return void response.end(request.method === "HEAD" ? undefined : body);
  }
  const start = from === "" ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === "" || to === "" ? body.length : Math.min(body.length, Number(to) + 1);
  if (start >= body.length) {
    return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
  }
  response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${body.length}` });
  response.end(body.slice(start, end));
}

/** What another package would be: a module that a configuration registers for a scheme. */
export function madeUpScheme(): Place {
  const folder = mkdtempSync(join(tmpdir(), "pocaduck-scheme-"));
  mkdirSync(join(folder, "node_modules/made-up"), { recursive: true });
  const storage = JSON.stringify(import.meta.resolve("@pocaduck/storage"));
  const module = `import { MemoryStore } from ${storage};\nexport const openStore = () => new MemoryStore();\n`;
  writeFileSync(join(folder, "node_modules/made-up/index.mjs"), module);
  writeFileSync(join(folder, "node_modules/made-up/package.json"), '{"exports":"./index.mjs"}');
  const settings = {
    s3: {},
    gs: {},
    requests: {},
    reads: {},
    schemes: { mine: "made-up" },
    folder,
  };
  return {
    name: "a made-up scheme",
    empty: async () => ({ store: await open("mine://place/", { settings }) }),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}
