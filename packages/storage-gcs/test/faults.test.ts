import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { describeFaults } from "../../storage/test/faults/suite.ts";
import { GcsStore } from "../src/index.ts";
import { place } from "./place.ts";

const { url, bucket } = place();
const proxy = await startFaultProxy(url, false);
afterAll(() => proxy[Symbol.asyncDispose]());

const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const open = (options = {}): GcsStore =>
  new GcsStore({ bucket, endpoint: proxy.url, partSize: 1 << 19, ...quick, ...options });

describeFaults({
  name: "GcsStore on fake-gcs-server",
  proxy,
  open,
  secrets: [],
  isRead: ({ method, path }) => method === "GET" && path.includes("alt=media"),
  isPut: ({ method, path }) => method === "POST" && path.includes("uploadType=multipart"),
  ignoring: {
    request: (headers, path) => ({ headers, path: path.replace("&ifGenerationMatch=0", "") }),
  },
  conflict: '{"error":{"message":"busy"}}',
});

test("an object stored compressed comes as it is stored", async () => {
  const { gzipSync } = await import("node:zlib");
  const body = gzipSync("hello".repeat(100));
  const name = `gzip-${randomUUID()}`;
  const target = `${url}/upload/storage/v1/b/${bucket}/o?uploadType=multipart`;
  const head = `--x\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ name, contentEncoding: "gzip" })}\r\n--x\r\ncontent-type: text/plain\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n--x--\r\n")]);
  const headers = { "content-type": "multipart/related; boundary=x" };
  const made = await fetch(target, { method: "POST", headers, body: whole });
  expect(made.ok).toBe(true);
  const store = open();
  expect(await store.get(name)).toEqual(new Uint8Array(body));
  expect(await store.getRange(name, { offset: 2, length: 5 })).toEqual(
    new Uint8Array(body.subarray(2, 7)),
  );
});

test("an upload that fails half-way leaves the object as it was", async () => {
  const store = open();
  const key = `uploads/${randomUUID()}`;
  const broken = new Error("the source broke");
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 20; i++) yield new Uint8Array(100_000);
    throw broken;
  };
  await expect(store.put(key, source())).rejects.toBe(broken);
  expect(await store.head(key)).toBeUndefined();
  await store.put(key, new Uint8Array(3));
  await expect(store.put(key, source())).rejects.toBe(broken);
  expect((await store.get(key))?.length).toBe(3);
});

test("a missing bucket, a wrong endpoint and bad options each say what they are", async () => {
  const said = async (options: object): Promise<string> =>
    open({ attempts: 2, ...options })
      .get("a")
      .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
  expect(await said({ endpoint: "http://127.0.0.1:9" })).toMatch(/^unavailable: .*ECONNREFUSED/);
  proxy.script = () => ({
    answer: { status: 404, body: '{"error":{"message":"The specified bucket does not exist."}}' },
  });
  expect(await said({})).toMatch(/^not-found: .*bucket does not exist/);
  proxy.script = () => ({ answer: { status: 403, body: '{"error":{"message":"no access"}}' } });
  expect(await said({})).toMatch(/^forbidden: .*no access/);
  proxy.script = () => undefined;
  expect(() => open({ partSize: 1000 })).toThrow(/`partSize`/);
  expect(() => open({ endpoint: "http://example.org" })).toThrow(/`endpoint` to be https/);
});
