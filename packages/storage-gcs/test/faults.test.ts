import { randomUUID } from "node:crypto";
import { isStoreError } from "@pocaduck/storage";
import { afterAll, expect, test, vi } from "vitest";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { describeFaults } from "../../storage/test/faults/suite.ts";
import { GcsStore } from "../src/index.ts";
import { startGoogle } from "./google.ts";
import { place } from "./place.ts";

const { url, bucket } = place();
const proxy = await startFaultProxy(url, false);
const google = await startGoogle();
vi.stubEnv("HTTPS_PROXY", google.proxy);
vi.stubEnv("NO_PROXY", "127.0.0.1");
const keyFile = await google.file("account.json", google.serviceAccount);
afterAll(async () => {
  vi.unstubAllEnvs();
  await proxy[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
// Of all tokens the beginning, and of the key what stands between its marks.
const secrets = ["canary-token-", google.serviceAccount.private_key.slice(100, 160)];
const canary = new Canary(secrets);
const fixed = { bucket, endpoint: proxy.url, keyFile, partSize: 1 << 19, ...quick };
const open = (options = {}): GcsStore =>
  canary.watch(new GcsStore({ ...fixed, observe: canary.observe, ...options }));

describeFaults({
  name: "GcsStore on fake-gcs-server",
  proxy,
  open,
  openChecked: open,
  secrets,
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

test("a redirect to another host is not followed, and no token goes there", async () => {
  const other = await startFaultProxy(url, false);
  proxy.script = () => ({ answer: { status: 307, headers: { location: `${other.url}/x` } } });
  const store = open();
  for (const call of [
    () => store.get("a"),
    () => store.put("a", new Uint8Array(1)),
    () => store.delete("a"),
  ]) {
    const error = await call().catch(String);
    expect(error).toMatch(/redirected to 127\.0\.0\.1:\d+, where the credentials/);
  }
  proxy.script = () => undefined;
  expect(other.seen).toEqual([]);
  await other[Symbol.asyncDispose]();
});

test("an upload whose last answer is lost is settled, and doubled bytes are no object", async () => {
  const store = open();
  const body = Uint8Array.from({ length: 1_300_000 }, (_, i) => (i * 31) % 253);
  const key = `uploads/${randomUUID()}`;
  let left = 1;
  const isLast = (range: unknown): boolean => /\/\d+$/.test(String(range));
  proxy.script = ({ method, headers }) =>
    method === "PUT" && isLast(headers["content-range"]) && left-- > 0 ? { lose: true } : undefined;
  expect((await store.put(key, body)).size).toBe(body.length);
  expect(Buffer.compare((await store.get(key)) ?? new Uint8Array(), body)).toBe(0);
  let lost = 1;
  proxy.script = ({ method, headers }) =>
    method === "PUT" && !isLast(headers["content-range"]) && lost-- > 0
      ? { lose: true }
      : undefined;
  // Google ignores bytes that it has; this server keeps them twice, which must not pass for success.
  const again = await store.put(`${key}-2`, body).catch(String);
  proxy.script = () => undefined;
  if (typeof again === "string") {
    expect(again).toMatch(/came of an upload of 1300000|were kept/);
    expect(await store.head(`${key}-2`)).toBeUndefined();
  } else expect(Buffer.compare((await store.get(`${key}-2`)) ?? new Uint8Array(), body)).toBe(0);
});

test("an upload of which a part changes on its way leaves no object", async () => {
  const store = open();
  const body = new Uint8Array(1_300_000).fill(7);
  for (const part of [0, 1, 2]) {
    const key = `uploads/${randomUUID()}`;
    proxy.script = ({ method, headers }) =>
      method === "PUT" && String(headers["content-range"]).startsWith(`bytes ${part << 19}-`)
        ? { spoil: 100_000 }
        : undefined;
    await expect(store.put(key, body)).rejects.toSatisfy((error) =>
      isStoreError(error, "unavailable"),
    );
    // As Google itself refuses it.
    const message = `Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C "AAAAAB==".`;
    proxy.forget();
    proxy.script = ({ headers }) =>
      headers["x-goog-hash"] === undefined
        ? undefined
        : { answer: { status: 400, body: JSON.stringify({ error: { message } }) } };
    await expect(store.put(key, body)).rejects.toThrow(/changed on their way up.*\(Damaged\)$/);
    expect(proxy.seen.at(-1)?.method).toBe("DELETE");
    proxy.script = () => undefined;
    expect(await store.head(key)).toBeUndefined();
  }
});

test("a missing bucket, a wrong endpoint and bad options each say what they are", async () => {
  const said = async (options: object): Promise<string> =>
    open({ attempts: 2, ...options })
      .get("a")
      .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
  expect(await said({ endpoint: "http://127.0.0.1:9" })).toMatch(/^unavailable: .*ECONNREFUSED/);
  const nowhere = { endpoint: "http://no-such-host.invalid", anonymous: true };
  expect(await said(nowhere)).toMatch(
    /^unavailable: .*no-such-host\.invalid .*ENOTFOUND|EAI_AGAIN/,
  );
  expect(await said({ bucket: "no-such-bucket" })).toMatch(/^not-found: .*bucket does not exist/);
  proxy.script = ({ path }) => (path.includes("/o?") ? { answer: { status: 403 } } : undefined);
  expect(await said({ bucket: "no-such-bucket" })).toBe("undefined");
  proxy.script = () => ({
    answer: { status: 404, body: '{"error":{"message":"The specified bucket does not exist."}}' },
  });
  expect(await said({})).toMatch(/^not-found: .*bucket does not exist/);
  proxy.script = () => ({ answer: { status: 403, body: '{"error":{"message":"no access"}}' } });
  expect(await said({})).toMatch(/^forbidden: .*no access/);
  const expired = "<Error><Code>ExpiredToken</Code><Message>late</Message></Error>";
  proxy.script = () => ({ answer: { status: 400, body: expired } });
  expect(await said({})).toMatch(/^forbidden: .*late \(400, ExpiredToken\), after 2 attempts/);
  proxy.script = () => undefined;
  expect(() => open({ partSize: 1000 })).toThrow(/`partSize`/);
  expect(() => open({ endpoint: "http://example.org" })).toThrow(/`endpoint` to be https/);
});
