import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MemoryStore, type Store } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpStore } from "../src/index.ts";

let held = new MemoryStore();
let answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> = serve;
const server = createServer((request, response) => void answer(request, response));
let url = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/folder`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A file server as others are: HEAD, GET, ranges, ETags. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = decodeURIComponent((request.url ?? "").replace("/some/folder/", ""));
  const body = await held.get(key).catch(() => undefined);
  const meta = await held.head(key).catch(() => undefined);
  if (!body || !meta) return void response.writeHead(404).end();
  response.setHeader("etag", `"${meta.etag}"`);
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (request.headers.range === undefined) {
    response.writeHead(200, { "content-length": body.length });
    return void response.end(request.method === "HEAD" ? undefined : body);
  }
  const start = from === "" ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === "" || to === "" ? body.length : Math.min(body.length, Number(to) + 1);
  if (start >= body.length) {
    return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
  }
  const range = `bytes ${start}-${end - 1}/${body.length}`;
  response.writeHead(206, { "content-range": range, "content-length": end - start });
  response.end(body.slice(start, end));
}

describe("HttpStore keeps the reading part of the contract", () => {
  const unlisted = storeContract.filter(
    ({ name }) =>
      !/\blist|put that is aborted|fails rejects|delete removes|is free again|prefix that|aborted call/.test(
        name,
      ),
  );
  test.for(unlisted)("$name", async ({ run }) => {
    held = new MemoryStore();
    const reader = new HttpStore(url);
    const writer = held;
    const store: Store = {
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
    await run(store);
  });
});

test("what HTTP cannot do, and what is no object, is said", async () => {
  const store = new HttpStore(url, { attempts: 1 });
  const list = store.list("")[Symbol.asyncIterator]().next();
  await expect(list).rejects.toMatchObject({ code: "unsupported" });
  answer = async (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
  };
  await expect(store.get("a")).rejects.toThrow(/web page/);
  answer = async (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.from([1, 2, 3]));
  };
  await expect(store.get("a")).rejects.toMatchObject({ code: "unsupported" });
  answer = async (_, response) => void response.writeHead(200).end("whole");
  await expect(store.getRange("a", { offset: 1, length: 2 })).rejects.toThrow(/ignores ranges/);
  answer = serve;
});

test.for<[string, (round: number) => Record<string, string>]>([
  ["no etag", () => ({})],
  ["a weak etag that changes", (round) => ({ etag: `W/"${round}"` })],
  ["a date", () => ({ "last-modified": "Sat, 28 Nov 2026 00:00:00 GMT" })],
])(
  "a body that breaks where %s pins it is read anew, never joined to another",
  async ([, pins]) => {
    const size = 300_000;
    let round = 0;
    answer = async (request, response) => {
      const body = Buffer.alloc(size, round === 0 ? "A" : "B");
      const headers = pins(round++);
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (round > 1 && from > 0) {
        const range = `bytes ${from}-${size - 1}/${size}`;
        response.writeHead(206, { ...headers, "content-range": range });
        return void response.end(body.subarray(from));
      }
      response.writeHead(200, { ...headers, "content-length": size });
      if (round > 1) return void response.end(body);
      response.write(body.subarray(0, 100_000), () => request.socket.resetAndDestroy());
    };
    const store = new HttpStore(url, { baseMs: 1, capMs: 5 });
    expect(Buffer.from((await store.get("a")) ?? [])).toEqual(Buffer.alloc(size, "B"));
    answer = serve;
  },
);

test("headers follow no redirect, and go over plain HTTP to this machine alone", async () => {
  const secret = { authorization: "Bearer canary" };
  const seen: (string | undefined)[] = [];
  answer = async (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: url.replace("127.0.0.1", "localhost") }).end();
  };
  const store = new HttpStore(url, { headers: secret });
  await expect(store.get("a")).rejects.toMatchObject({ code: "forbidden" });
  expect(seen).toEqual(["Bearer canary"]);
  expect(() => new HttpStore("http://example.org/", { headers: secret })).toThrow(/https/);
  expect(() => new HttpStore("https://user:pass@example.org/")).toThrow(/no credentials/);
  answer = serve;
});
