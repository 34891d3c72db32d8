import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mapConcurrent, type Store, stream } from "@pocaduck/storage";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { expectTinyPages } from "../../storage/test/faults/tiny-pages.ts";
import { GcsStore } from "../src/index.ts";
import { startGoogle } from "./google.ts";
import { place } from "./place.ts";

const { url, bucket } = place();
const proxy = await startFaultProxy(url, false);
const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const google = await startGoogle();
vi.stubEnv("HTTPS_PROXY", google.proxy);
vi.stubEnv("NO_PROXY", "127.0.0.1");
const keyFile = await google.file("account.json", google.serviceAccount);
const canary = new Canary(["canary-token-", google.serviceAccount.private_key.slice(100, 160)]);
const fixed = { bucket, endpoint: proxy.url, keyFile, partSize: 1 << 19, ...quick };
const open = (options = {}): GcsStore =>
  canary.watch(new GcsStore({ ...fixed, observe: canary.observe, ...options }));
afterAll(async () => {
  vi.unstubAllEnvs();
  await proxy[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});
afterEach(() => {
  proxy.script = () => undefined;
});

const body = new TextEncoder().encode("hello");

async function said(work: Promise<unknown>): Promise<string> {
  return work.then(
    (value) => `done: ${value}`,
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 8; i++) yield new Uint8Array(1 << 18);
}

const calls: [name: string, call: (store: Store) => Promise<unknown>][] = [
  ["get", (store) => store.get("a")],
  ["getRange", (store) => store.getRange("a", { offset: 0, length: 1 })],
  ["head", (store) => store.head("a")],
  ["list", (store) => store.list("")[Symbol.asyncIterator]().next()],
  ["put", (store) => store.put("a", body)],
  ["put of a stream", (store) => store.put("a", pieces())],
  ["putIfAbsent", (store) => store.putIfAbsent("a", body)],
  ["delete", (store) => store.delete("a")],
];

describe("every method tells", () => {
  test.for(calls)("%s: a right that is missing, after one attempt", async ([, call]) => {
    const refusal = { error: { message: "denied", errors: [{ reason: "forbidden" }] } };
    proxy.script = () => ({ answer: { status: 403, body: JSON.stringify(refusal) } });
    proxy.forget();
    expect(await said(call(open()))).toMatch(/^forbidden: .*denied \(403, forbidden\)$/);
    expect(proxy.seen.length).toBe(1);
  });

  test.for(calls)("%s: credentials that have run out, after one more", async ([, call]) => {
    const refusal = {
      error: { message: "Invalid Credentials", errors: [{ reason: "authError" }] },
    };
    proxy.script = () => ({ answer: { status: 401, body: JSON.stringify(refusal) } });
    proxy.forget();
    expect(await said(call(open()))).toMatch(/^forbidden: .*Invalid Credentials/);
    expect(proxy.seen.length).toBe(2);
  });

  test.for(calls)("%s: a redirect, and nothing goes there", async ([, call]) => {
    let asked = 0;
    const elsewhere = createServer((_, response) => {
      asked++;
      response.end();
    });
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const location = `http://localhost:${(elsewhere.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 307]) {
      proxy.script = () => ({ answer: { status, headers: { location } } });
      expect(await said(call(open()))).toMatch(/^forbidden: .*redirected to localhost:\d+/);
    }
    elsewhere.closeAllConnections();
    elsewhere.close();
    expect(asked).toBe(0);
  });
});

test("a bucket that is not there is no absent object, wherever the server tells them apart", async () => {
  const store = open({ bucket: "no-such-bucket" });
  for (const [name, call] of calls) {
    // fake-gcs-server says of a delete, and of a get, that the object is absent.
    const answer = await said(call(store));
    expect(`${name} ${answer}`).toMatch(
      /not-found: .*bucket does not exist|(get|getRange|head|delete) done: undefined/,
    );
  }
});

test("a name that no server has is given up soon, and named", async () => {
  const store = open({ endpoint: "https://no-such-host.invalid", attempts: 3, anonymous: true });
  expect(await said(store.get("a"))).toMatch(
    /^unavailable: .*no-such-host\.invalid.*after 3 attempts$/,
  );
});

test("an object replaced between two ranges of a stream ends the stream", async () => {
  const store = open();
  const key = `replaced-${randomUUID()}`;
  await store.put(key, new Uint8Array(3000).fill(1));
  const read = async (): Promise<void> => {
    for await (const chunk of stream(store, key, { chunkSize: 1000 })) {
      expect(new Set(chunk).size).toBe(1);
      await store.put(key, new Uint8Array(3000).fill(2));
    }
  };
  expect(await said(read())).toMatch(/^unavailable: .*was replaced while it was read/);
});

test("pages of two keys come to one listing", async () => {
  await expectTinyPages(open(), proxy, {
    request: (headers, path) => ({
      headers,
      path: path.replace("maxResults=1000", "maxResults=2"),
    }),
  });
});

test("keys of others in a bucket are not listed along", async () => {
  const store = open();
  const others = Array.from({ length: 1100 }, (_, i) => `crowd/${i < 1010 ? "a" : "z"}/${i}`);
  const own = ["crowd/fly/1", "crowd/fly/2", "crowd/fly/3"];
  await using direct = open({ endpoint: url });
  await mapConcurrent([...others, ...own], 16, (key) => direct.put(key, new Uint8Array()));
  proxy.forget();
  const listed: string[] = [];
  for await (const { key } of store.list("crowd/fly/")) listed.push(key);
  for await (const { key } of store.list("crowd/fly/", { after: "crowd/fly/2" })) listed.push(key);
  for await (const _ of store.list("crowd/")) break;
  expect(listed).toEqual([...own, "crowd/fly/3"]);
  expect(proxy.seen.length).toBe(3);
  const [page] = proxy.seen;
  expect(page?.path).toContain("maxResults=1000");
});
