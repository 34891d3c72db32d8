import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mapConcurrent, type Store, stream } from "@pocaduck/storage";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { expectTinyPages } from "../../storage/test/faults/tiny-pages.ts";
import { S3Store } from "../src/index.ts";
import { place } from "./place.ts";

const { url, bucket, ...credentials } = place();
const proxy = await startFaultProxy(url);
const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const canary = new Canary(Object.values(credentials));
const { observe } = canary;
const open = (options = {}): S3Store =>
  canary.watch(
    new S3Store({ observe, bucket, endpoint: proxy.url, credentials, ...quick, ...options }),
  );
const client = new S3Client({
  endpoint: url,
  region: "us-east-1",
  forcePathStyle: true,
  credentials,
});
afterAll(async () => {
  client.destroy();
  await proxy[Symbol.asyncDispose]();
});
afterEach(() => {
  proxy.script = () => undefined;
  vi.useRealTimers();
});

const body = new TextEncoder().encode("hello");

async function said(work: Promise<unknown>): Promise<string> {
  return work.then(
    (value) => `done: ${value}`,
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
}

async function first(store: Store): Promise<unknown> {
  return (await store.list("")[Symbol.asyncIterator]().next()).value;
}

describe("a right that is missing is told after one attempt, and is no absence", () => {
  const limited = "limited";
  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: limited }));
    await client.send(new PutObjectCommand({ Bucket: limited, Key: "a", Body: body }));
  });
  const rights = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];
  const calls: [right: string, refused: ((store: Store) => Promise<unknown>)[]][] = [
    [
      "s3:GetObject",
      [
        (store) => store.get("a"),
        (store) => store.getRange("a", { offset: 0, length: 1 }),
        (store) => store.head("a"),
      ],
    ],
    [
      "s3:PutObject",
      [
        (store) => store.put("b", body),
        (store) => store.putIfAbsent("b", body),
        (store) => store.put("b", pieces()),
      ],
    ],
    ["s3:DeleteObject", [(store) => store.delete("a")]],
    // AWS then also answers 403 for an absent key; MinIO says that it is absent.
    ["s3:ListBucket", [first]],
  ];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 12; i++) yield new Uint8Array(1 << 20);
  }

  test.for(calls)("%s", async ([missing, refused]) => {
    const arn = `arn:aws:s3:::${limited}`;
    const Statement = rights
      .filter((right) => right !== missing)
      .map((right) => ({
        Effect: "Allow",
        Principal: { AWS: ["*"] },
        Action: [right],
        Resource: [right.endsWith("Bucket") ? arn : `${arn}/*`],
      }));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: limited, Policy }));
    await using store = open({ bucket: limited, anonymous: true, credentials: undefined });
    for (const call of refused) {
      proxy.forget();
      expect(await said(call(store))).toMatch(/^forbidden: .*(AccessDenied|403)/);
      expect(proxy.seen.length).toBe(1);
    }
    if (missing !== "s3:GetObject") expect(await store.get("a")).toEqual(body);
    if (missing !== "s3:ListBucket") expect(await first(store)).toMatchObject({ key: "a" });
    expect(await said(open({ bucket: limited }).head("b"))).toBe("done: undefined");
  });
});

test("a bucket of another region is told with its region", async () => {
  const minio = await startMinio({ region: "eu-west-1" });
  try {
    const { url: endpoint, stop: _, ...keys } = minio;
    const there = { endpoint, region: "eu-west-1", forcePathStyle: true, credentials: keys };
    const maker = new S3Client(there);
    await maker.send(new CreateBucketCommand({ Bucket: "fly" }));
    maker.destroy();
    const from = (region?: string) =>
      open({ bucket: "fly", endpoint, credentials: keys, ...(region && { region }) });
    for (const region of [undefined, "us-west-2"]) {
      expect(await said(from(region).put("a", body))).toMatch(
        /^unavailable: .*region.*eu-west-1.*AuthorizationHeaderMalformed/,
      );
    }
    expect(await said(from("eu-west-1").put("a", body))).toMatch(/^done/);
  } finally {
    await minio.stop();
  }
});

test("a clock that is an hour off is put right by the server's, and told where there is none", async () => {
  for (const hours of [-1, 1]) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hours * 3_600_000 });
    await using store = open();
    proxy.forget();
    const key = `skewed-${randomUUID()}`;
    expect(await store.putIfAbsent(key, body)).toBeDefined();
    expect(proxy.seen.length).toBe(2);
    expect(await store.get(key)).toEqual(body);
    expect(proxy.seen.length).toBe(3);
    // With a server whose clock agrees there is nothing to learn.
    proxy.script = () => ({
      head: (status, headers) => [status, { ...headers, date: new Date().toUTCString() }],
    });
    proxy.forget();
    expect(await said(open().get(key))).toMatch(
      /^forbidden: .*set this machine's clock \(403, RequestTimeTooSkewed/,
    );
    expect(proxy.seen.length).toBe(2);
    proxy.script = () => undefined;
    vi.useRealTimers();
  }
});

test("a name that no server has is given up soon, and named", async () => {
  const attempts: string[] = [];
  const store = open({
    endpoint: "https://no-such-host.invalid",
    attempts: 3,
    observe: ({ failure }: { failure?: string }) => attempts.push(String(failure)),
  });
  expect(await said(store.get("a"))).toMatch(
    /^unavailable: .*no-such-host\.invalid.*after 3 attempts$/,
  );
  expect(attempts.length).toBe(3);
});

test("a token that the server does not know, or no longer, is forbidden", async () => {
  const wrong = { ...credentials, sessionToken: "canary-token" };
  const message = await said(open({ credentials: wrong }).get("a"));
  expect(message).toMatch(/^forbidden: /);
  expect(message).not.toContain("canary-token");
});

test("an object stored compressed comes as it is stored", async () => {
  const zipped = gzipSync("hello".repeat(100));
  const Key = `gzip-${randomUUID()}`;
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key, Body: zipped, ContentEncoding: "gzip" }),
  );
  const store = open();
  expect(await store.get(Key)).toEqual(new Uint8Array(zipped));
  expect(await store.getRange(Key, { offset: 2, length: 5 })).toEqual(
    new Uint8Array(zipped.subarray(2, 7)),
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
  const Bucket = "tiny-pages";
  await client.send(new CreateBucketCommand({ Bucket }));
  const all = { Effect: "Allow", Principal: { AWS: ["*"] }, Action: ["s3:*"] };
  const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...all, Resource }] });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  // A signature would not let the proxy change the request.
  const store = open({ bucket: Bucket, anonymous: true, credentials: undefined });
  await expectTinyPages(store, proxy, {
    request: (headers, path) => ({ headers, path: `${path}&max-keys=2` }),
  });
});

test("keys of others in a bucket are not listed along", async () => {
  const store = open({ bucket: "crowded" });
  await client.send(new CreateBucketCommand({ Bucket: "crowded" }));
  const others = Array.from({ length: 1100 }, (_, i) => `${i < 1010 ? "a" : "z"}/${i}`);
  const own = ["fly/1", "fly/2", "fly/3"];
  await using direct = open({ bucket: "crowded", endpoint: url });
  await mapConcurrent([...others, ...own], 16, (key) => direct.put(key, new Uint8Array()));
  proxy.forget();
  const listed: string[] = [];
  for await (const { key } of store.list("fly/")) listed.push(key);
  for await (const { key } of store.list("fly/", { after: "fly/2" })) listed.push(key);
  for await (const _ of store.list("")) break;
  expect(listed).toEqual([...own, "fly/3"]);
  expect(proxy.seen.length).toBe(3);
});

test("a redirect to another host is told, and nothing goes there", async () => {
  let asked = 0;
  const elsewhere = createServer((_, response) => {
    asked++;
    response.end();
  });
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  const location = `http://localhost:${(elsewhere.address() as AddressInfo).port}/`;
  const store = open();
  for (const status of [301, 302, 303, 307, 308]) {
    proxy.script = () => ({ answer: { status, headers: { location } } });
    proxy.forget();
    const asking = [
      () => store.get("a"),
      () => store.head("a"),
      () => store.put("a", body),
      () => store.delete("a"),
      () => first(store),
    ];
    for (const call of asking) {
      expect(await said(call())).toMatch(/^forbidden: .*redirected to localhost:\d+/);
    }
    expect(proxy.seen.length).toBe(asking.length);
  }
  elsewhere.closeAllConnections();
  elsewhere.close();
  expect(asked).toBe(0);
});
