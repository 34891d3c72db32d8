import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { isStoreError } from "@pocaduck/storage";
import { afterAll, expect, test } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { describeFaults } from "../../storage/test/faults/suite.ts";
import { S3Store, type S3StoreOptions } from "../src/index.ts";
import { place } from "./place.ts";

const { url, bucket, ...credentials } = place();
const proxy = await startFaultProxy(url);
afterAll(() => proxy[Symbol.asyncDispose]());

const mebibyte = 1 << 20;
const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const open = (options = {}): S3Store =>
  new S3Store({
    bucket,
    endpoint: proxy.url,
    credentials,
    partSize: 5 * mebibyte,
    ...quick,
    ...options,
  });

describeFaults({
  name: "S3Store on MinIO",
  proxy,
  open,
  secrets: [credentials.secretAccessKey, credentials.accessKeyId],
  isRead: ({ method, path }) => method === "GET" && !path.includes("list-type"),
  isPut: ({ method, path }) => method === "PUT" && !path.includes("partNumber"),
  // A signed request cannot be changed on the way, but answered.
  ignoring: { answer: { status: 200, headers: { etag: '"new"' } } },
  conflict: "<Error><Code>ConditionalRequestConflict</Code><Message>busy</Message></Error>",
});

async function* pieces(size: number, broken?: Error): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(100_000);
  for (let at = 0; at < size; at += piece.length) {
    for (let i = 0; i < piece.length; i++) piece[i] = (at + i) % 251;
    yield piece.subarray(0, Math.min(piece.length, size - at));
  }
  if (broken) throw broken;
}

function direct(): S3Client {
  return new S3Client({ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials });
}

/** Another writer's upload of some parts; the answer ends it. */
async function openUpload(Key: string, parts: number): Promise<() => Promise<void>> {
  const client = direct();
  const target = { Bucket: bucket, Key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const upload = { ...target, UploadId };
  for (let i = 1; i <= parts; i++) {
    await client.send(new UploadPartCommand({ ...upload, PartNumber: i, Body: "part" }));
  }
  return async () => {
    await client.send(new AbortMultipartUploadCommand(upload));
    client.destroy();
  };
}

/** MinIO lists uploads of a whole key alone. */
async function unfinished(key: string): Promise<number> {
  const client = direct();
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }),
  );
  client.destroy();
  return Uploads.length;
}

test("objects around the size of a part come back whole, also when every part is lost once", async () => {
  const store = open();
  for (const size of [
    5 * mebibyte - 1,
    5 * mebibyte,
    5 * mebibyte + 1,
    10 * mebibyte,
    12_345_678,
  ]) {
    const key = `uploads/${randomUUID()}`;
    const lost = new Set<string>();
    proxy.script = ({ method, path }) => {
      if (method !== "PUT" || lost.has(path)) return undefined;
      lost.add(path);
      return { lose: true };
    };
    expect((await store.put(key, pieces(size))).size).toBe(size);
    const body = await store.get(key);
    expect(body?.length).toBe(size);
    expect(body?.every((byte, i) => byte === i % 251)).toBe(true);
    expect(await unfinished(key)).toBe(0);
  }
  proxy.script = () => undefined;
});

test("an upload that fails half-way leaves neither object nor upload, and the old object stays", async () => {
  const store = open();
  const key = `uploads/${randomUUID()}`;
  const broken = new Error("the source broke");
  await expect(store.put(key, pieces(12_000_000, broken))).rejects.toBe(broken);
  expect(await store.head(key)).toBeUndefined();
  await store.put(key, new Uint8Array(3));
  proxy.script = ({ path }) =>
    path.includes("partNumber=2") ? { answer: { status: 403 } } : undefined;
  await expect(store.put(key, pieces(12_000_000))).rejects.toSatisfy((e) =>
    isStoreError(e, "forbidden"),
  );
  const stop = new AbortController();
  proxy.script = ({ path }) => {
    if (path.includes("partNumber=2")) stop.abort(broken);
    return undefined;
  };
  await expect(store.put(key, pieces(12_000_000), { signal: stop.signal })).rejects.toBe(broken);
  proxy.script = () => undefined;
  expect((await store.get(key))?.length).toBe(3);
  expect(await unfinished(key)).toBe(0);
});

test("an upload whose opening was not answered leaves none of its openings behind, and no rival's", async () => {
  const store = open();
  const isOpening = (method: string, path: string): boolean =>
    method === "POST" && path.includes("?uploads");
  for (const fault of [{ lose: true }, { lose: { status: 500 } }] as const) {
    for (const broken of [undefined, new Error("the source broke")]) {
      const key = `uploads/${randomUUID()}`;
      const rival = await openUpload(key, 1);
      let left = 2;
      proxy.script = ({ method, path }) =>
        isOpening(method, path) && left-- > 0 ? fault : undefined;
      const put = store.put(key, pieces(12_000_000, broken)).catch((error: unknown) => error);
      const result = await put;
      proxy.script = () => undefined;
      if (broken) expect(result).toBe(broken);
      else expect(result).toMatchObject({ size: 12_000_000 });
      expect(await unfinished(key)).toBe(1);
      await rival();
    }
  }
});

test("an upload is looked for once more when a part was cut off, and ended again", async () => {
  const store = open();
  const key = `uploads/${randomUUID()}`;
  const stop = new AbortController();
  const reason = new Error("enough");
  let ends = 0;
  proxy.script = ({ method, path }) => {
    if (path.includes("partNumber=2")) stop.abort(reason);
    return method === "DELETE" && ends++ === 0 ? { answer: { status: 204 } } : undefined;
  };
  const put = store.put(key, pieces(12_000_000), { signal: stop.signal });
  await expect(put).rejects.toBe(reason);
  proxy.script = () => undefined;
  expect(ends).toBe(2);
  expect(await unfinished(key)).toBe(0);
});

test("an upload that cannot be ended is said, and what ends it", async () => {
  const store = open({ attempts: 2 });
  const key = `uploads/${randomUUID()}`;
  proxy.script = ({ method, path }) => {
    if (path.includes("partNumber=2")) return { answer: { status: 403 } };
    return method === "DELETE" ? { answer: { status: 503 } } : undefined;
  };
  const error = await store.put(key, pieces(12_000_000)).catch(String);
  proxy.script = () => undefined;
  expect(error).toMatch(
    /\(403\); an unfinished upload is left there; .*AbortIncompleteMultipartUpload/,
  );
  expect(await unfinished(key)).toBe(1);
});

test("a completion that answers 200 with an error, or loses its answer, is settled", async () => {
  const store = open();
  const isCompletion = (method: string, path: string): boolean =>
    method === "POST" && path.includes("uploadId");
  const body =
    "<?xml version='1.0'?><Error><Code>InternalError</Code><Message>later</Message></Error>";
  for (const fault of [{ answer: { status: 200, body } }, { lose: true }] as const) {
    const key = `uploads/${randomUUID()}`;
    let left = 1;
    proxy.script = ({ method, path }) =>
      isCompletion(method, path) && left-- > 0 ? fault : undefined;
    expect((await store.put(key, pieces(6_000_000))).size).toBe(6_000_000);
    proxy.script = () => undefined;
    expect((await store.head(key))?.size).toBe(6_000_000);
    expect(await unfinished(key)).toBe(0);
  }
});

test("an expired token and a skewed clock are tried once more, and then said", async () => {
  const error = (code: string): string =>
    `<Error><Code>${code}</Code><Message>no</Message></Error>`;
  for (const code of ["ExpiredToken", "RequestTimeTooSkewed"]) {
    proxy.forget();
    proxy.script = () => ({ answer: { status: 403, body: error(code) } });
    await expect(open().get("a")).rejects.toSatisfy((e) => isStoreError(e, "forbidden"));
    expect(proxy.seen.length).toBe(2);
    proxy.forget();
    proxy.script = (_, index) =>
      index === 0 ? { answer: { status: 403, body: error(code) } } : undefined;
    expect(await open().get("absent")).toBeUndefined();
  }
  proxy.script = () => undefined;
});

test("a missing bucket, a wrong region, a missing right and a wrong endpoint each say what they are", async () => {
  const said = async (options: object): Promise<string> =>
    open({ attempts: 2, ...options })
      .get("a")
      .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
  expect(await said({ bucket: "no-such-bucket" })).toMatch(/^not-found: .*bucket does not exist/);
  expect(await said({ anonymous: true, credentials: undefined })).toMatch(
    /^forbidden: .*AccessDenied/,
  );
  expect(await said({ credentials: { ...credentials, secretAccessKey: "wrong" } })).toMatch(
    /^forbidden: .*SignatureDoesNotMatch/,
  );
  expect(await said({ endpoint: "http://127.0.0.1:9" })).toMatch(
    /^unavailable: .*ECONNREFUSED 127\.0\.0\.1:9/,
  );
  expect(await said({ endpoint: "http://no-such-host.invalid", insecure: true })).toMatch(
    /^unavailable: .*no-such-host\.invalid/,
  );
  const headers = { "x-amz-bucket-region": "eu-west-1" };
  const body = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
  proxy.script = () => ({ answer: { status: 301, headers, body } });
  expect(await said({})).toMatch(/^unavailable: .*the bucket is in region eu-west-1, set that/);
  proxy.forget();
  proxy.script = () => ({
    answer: { status: 307, headers: { location: "https://other.example/x" } },
  });
  expect(await said({})).toMatch(
    /^forbidden: .*redirected to other\.example, where the credentials/,
  );
  expect(proxy.seen.length).toBe(1);
  for (const status of [403, 502]) {
    const page = "<!DOCTYPE html><html><style>p{}</style><title>Gate</title></html>";
    proxy.script = () => ({
      answer: { status, headers: { "content-type": "text/html" }, body: page },
    });
    expect(await said({})).toMatch(new RegExp(`a web page was the answer.*\\(${status}\\)`));
  }
  proxy.script = () => ({ answer: { status: 400 } });
  expect(await said({})).toMatch(/^unavailable: .*\(400\)$/);
  proxy.script = () => undefined;
  const secure = `https://${new URL(proxy.url).host}`;
  expect(await said({ endpoint: secure })).toMatch(/^unavailable: .*EPROTO\S*\)$/);
  proxy.script = () => undefined;
});

test("a redirect to another host is not followed, and no signature goes there", async () => {
  const other = await startFaultProxy(url);
  const store = open();
  for (const status of [301, 302, 307, 308]) {
    proxy.script = () => ({ answer: { status, headers: { location: `${other.url}/x` } } });
    for (const call of [
      () => store.get("a"),
      () => store.put("a", new Uint8Array(1)),
      () => store.delete("a"),
    ]) {
      const error = await call().catch(String);
      expect(error).toMatch(/redirected to 127\.0\.0\.1:\d+, where the credentials/);
    }
  }
  proxy.script = () => undefined;
  expect(other.seen).toEqual([]);
  await other[Symbol.asyncDispose]();
});

test("an object stored compressed comes as it is stored", async () => {
  const Body = gzipSync("hello".repeat(100));
  const Key = `gzip-${randomUUID()}`;
  const client = direct();
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentEncoding: "gzip" }));
  client.destroy();
  const store = open();
  expect(await store.get(Key)).toEqual(new Uint8Array(Body));
  expect(await store.getRange(Key, { offset: 2, length: 5 })).toEqual(
    new Uint8Array(Body.subarray(2, 7)),
  );
});

test("after faults of S3's own no error holds a secret", async () => {
  const error = (code: string): string =>
    `<Error><Code>${code}</Code><Message>no</Message><AWSAccessKeyId>${credentials.accessKeyId}</AWSAccessKeyId></Error>`;
  const told: unknown[] = [];
  const session = { ...credentials, sessionToken: "session-canary-token" };
  const store = open({
    credentials: session,
    attempts: 2,
    observe: (attempt: unknown) => void told.push(attempt),
  });
  const calls = [
    () => store.get("a"),
    () => store.getRange("a", { offset: 0, length: 1 }),
    () => store.put("a", new Uint8Array(1)),
    () => store.put("a", pieces(6_000_000)),
    () => store.delete("a"),
    () => store.list("a")[Symbol.asyncIterator]().next(),
  ];
  // The last one lets the real server see a token that it does not know.
  const codes = ["ExpiredToken", "SignatureDoesNotMatch", "RequestTimeTooSkewed", undefined];
  for (const code of codes) {
    proxy.script = () =>
      code === undefined ? undefined : { answer: { status: 403, body: error(code) } };
    for (const call of calls) told.push(await call().catch((caught: unknown) => caught));
  }
  proxy.script = ({ path }) =>
    path.includes("partNumber") ? { answer: { status: 403, body: error("Part") } } : undefined;
  told.push(
    await open()
      .put("a", pieces(6_000_000))
      .catch((caught: unknown) => caught),
  );
  proxy.script = () => undefined;
  expect(told.filter((one) => isStoreError(one, "forbidden")).length).toBe(25);
  const views = told.map((one) => inspect(one, { depth: 12, showHidden: true })).join("\n");
  for (const secret of Object.values(session)) expect(views).not.toContain(secret);
  expect(views).not.toMatch(/authorization|uploadId=\w|x-amz-security-token/i);
});

test("options that cannot be right are refused, naming them", () => {
  expect(() => open({ bucket: "a/b" })).toThrow(/`bucket`/);
  expect(() => open({ partSize: 100 })).toThrow(/`partSize`/);
  expect(() => open({ endpoint: "http://example.org" })).toThrow(/`endpoint` to be https/);
  expect(() => open({ endpoint: "https://key:secret@example.org" })).toThrow(/no credentials/);
  expect(() => open({ attempts: 0 })).toThrow(/`attempts`/);
  expect(() => open({ region: 5 })).toThrow(/`region` to be of type string, got number/);
  expect(() => open({ regoin: "eu-west-1" })).toThrow(/no option `regoin`/);
  expect(() => new S3Store(undefined as unknown as S3StoreOptions)).toThrow(/`options`/);
});
