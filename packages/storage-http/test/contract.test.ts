import { MemoryStore } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { HttpStore } from "../src/index.ts";
import { over, startFileServer } from "./file-server.ts";

const files = await startFileServer();
const { url } = files;
afterEach(() => {
  files.answer = files.serve;
});
afterAll(() => files[Symbol.asyncDispose]());

describe("HttpStore keeps the reading part of the contract", () => {
  test.for([...storeContract])("$name", async ({ run }) => {
    files.held = new MemoryStore();
    await run(over(new HttpStore(url), files.held));
  });
});

test("what HTTP cannot do, and what is no object, is said", async () => {
  const store = new HttpStore(url, { attempts: 1 });
  const list = store.list("")[Symbol.asyncIterator]().next();
  await expect(list).rejects.toMatchObject({ code: "unsupported" });
  files.answer = async (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
  };
  await expect(store.get("a")).rejects.toThrow(/web page/);
  files.answer = async (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.from([1, 2, 3]));
  };
  await expect(store.get("a")).rejects.toMatchObject({ code: "unsupported" });
  files.answer = async (_, response) => void response.writeHead(200).end("whole");
  await expect(store.getRange("a", { offset: 1, length: 2 })).rejects.toThrow(/ignores ranges/);
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
    files.answer = async (request, response) => {
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
  },
);

test("headers follow no redirect, and go over plain HTTP to this machine alone", async () => {
  const secret = { authorization: "Bearer canary" };
  const seen: (string | undefined)[] = [];
  files.answer = async (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: url.replace("127.0.0.1", "localhost") }).end();
  };
  const store = new HttpStore(url, { headers: secret });
  await expect(store.get("a")).rejects.toMatchObject({ code: "forbidden" });
  expect(seen).toEqual(["Bearer canary"]);
  expect(() => new HttpStore("http://example.org/", { headers: secret })).toThrow(/https/);
  expect(() => new HttpStore("https://user:pass@example.org/")).toThrow(/no credentials/);
});
