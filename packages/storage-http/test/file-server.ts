import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MemoryStore, type Store } from "@pocaduck/storage";
import type { HttpStore } from "../src/index.ts";

export interface FileServer extends AsyncDisposable {
  /** Of the folder, below which the objects of `held` are. */
  url: string;
  held: MemoryStore;
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** As other file servers do: HEAD, GET, ranges, ETags. */
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export const folder = "/some/folder";

export async function startFileServer(): Promise<FileServer> {
  const server = createServer((request, response) => void files.answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const files: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`,
    held: new MemoryStore(),
    answer: serve,
    serve,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return files;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = decodeURIComponent((request.url ?? "").replace(`${folder}/`, ""));
    const body = await files.held.get(key).catch(() => undefined);
    const meta = await files.held.head(key).catch(() => undefined);
    if (!body || !meta) return void response.writeHead(404).end();
    const etag = `"${meta.etag}"`;
    const { range, "if-match": pin = etag } = request.headers;
    if (pin !== etag) return void response.writeHead(412).end();
    response.setHeader("etag", etag);
    if (range === undefined) {
      response.writeHead(200, { "content-length": body.length });
      return void response.end(request.method === "HEAD" ? undefined : body);
    }
    const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
    const start = from === "" ? Math.max(0, body.length - Number(to)) : Number(from);
    const end = from === "" || to === "" ? body.length : Math.min(body.length, Number(to) + 1);
    if (start >= body.length) {
      return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    }
    const part = `bytes ${start}-${end - 1}/${body.length}`;
    response.writeHead(206, { "content-range": part, "content-length": end - start });
    response.end(body.slice(start, end));
  }
}

/** Read over HTTP, written where the server takes its files from. */
export function over(reader: HttpStore, writer: MemoryStore): Store {
  return {
    get: (...call) => reader.get(...call),
    getRange: (...call) => reader.getRange(...call),
    head: async (key, options) => {
      const meta = await reader.head(key, options);
      return meta && { ...meta, etag: meta.etag.replaceAll('"', "") };
    },
    list: (...call) => writer.list(...call),
    put: (...call) => writer.put(...call),
    putIfAbsent: (...call) => writer.putIfAbsent(...call),
    delete: (...call) => writer.delete(...call),
  };
}
