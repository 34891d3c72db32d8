import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { isStoreError } from "@pocaduck/storage";
import { afterAll, expect, test } from "vitest";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { S3Store } from "../src/index.ts";
import { S3Transport } from "../src/s3-transport.ts";
import { pieces } from "./pieces.ts";
import { place } from "./place.ts";

const { url, bucket, ...credentials } = place();
const proxy = await startFaultProxy(url);
afterAll(() => proxy[Symbol.asyncDispose]());

const mebibyte = 1 << 20;
const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const canary = new Canary(Object.values(credentials));
const { observe } = canary;
const open = (options = {}): S3Store =>
  canary.watch(
    new S3Store({
      observe,
      bucket,
      endpoint: proxy.url,
      credentials,
      partSize: 5 * mebibyte,
      ...quick,
      ...options,
    }),
  );

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

test("an upload that is given up while it is opened leaves no opening behind, and no rival's", async () => {
  const reason = new Error("enough");
  for (const abort of [true, false]) {
    const key = `uploads/${randomUUID()}`;
    const rival = await openUpload(key, 1);
    const stop = new AbortController();
    let left = abort ? 1 : 3;
    proxy.script = ({ method, path }) => {
      if (method !== "POST" || !path.includes("?uploads") || left-- === 0) return undefined;
      if (abort) setTimeout(() => stop.abort(reason), 200);
      return abort ? { after: { bytes: 1, end: "stall" } } : { lose: true };
    };
    const put = open({ attempts: 3 }).put(key, pieces(6_000_000), { signal: stop.signal });
    const error = await put.catch((caught: unknown) => caught);
    proxy.script = () => undefined;
    if (abort) expect(error).toBe(reason);
    else expect(isStoreError(error, "unavailable"), String(error)).toBe(true);
    expect(await unfinished(key)).toBe(1);
    await rival();
  }
  // The server stays away: the error says what may be there.
  proxy.script = ({ method, path }) =>
    method === "POST" && path.includes("?uploads") ? { lose: true } : undefined;
  const put = open({ attempts: 2 }).put(`uploads/${randomUUID()}`, pieces(6_000_000));
  await expect(put).rejects.toThrow(/an unfinished upload may be left there; .*lifecycle rule/);
  proxy.script = () => undefined;
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

test("a part that changes on its way is sent again, and leaves nothing when it always does", async () => {
  const store = open({ attempts: 3 });
  const key = `uploads/${randomUUID()}`;
  let left = 2;
  proxy.script = ({ path }) =>
    path.includes("partNumber=2") && left-- > 0 ? { spoil: 50_000 } : undefined;
  expect((await store.put(key, pieces(6_000_000))).size).toBe(6_000_000);
  expect(left).toBe(-1);
  const body = await store.get(key);
  expect(body?.every((byte, i) => byte === i % 251)).toBe(true);
  proxy.script = ({ path }) => (path.includes("partNumber=2") ? { spoil: 50_000 } : undefined);
  await expect(store.put(`${key}-never`, pieces(6_000_000))).rejects.toSatisfy((e) =>
    isStoreError(e, "unavailable"),
  );
  proxy.script = () => undefined;
  expect(await store.head(`${key}-never`)).toBeUndefined();
  expect(await unfinished(`${key}-never`)).toBe(0);
});

test("an upload has room for 368 GB in its 10,000 parts, and says so beyond them", async () => {
  const transport = new S3Transport({ bucket, endpoint: url, credentials });
  let room = 0;
  for (let index = 0; index < 10_000; index++) {
    const size = transport.partSize(index);
    expect(size).toBeGreaterThanOrEqual(5 * mebibyte);
    expect(size).toBeLessThanOrEqual(5 * 2 ** 30);
    room += size;
  }
  expect(room).toBeGreaterThan(368e9);
  expect(() => transport.partSize(10_000)).toThrow(/more than 10,000 parts; raise `partSize`/);
  await transport.close();
});

test("a thousand aborts of writes and listings leave no socket, no upload and nothing unhandled", async () => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", listen);
  const reason = new Error("enough");
  const store = open();
  proxy.script = () => ({ stall: true });
  const keys = Array.from({ length: 10 }, () => `uploads/${randomUUID()}`);
  const calls = [
    (signal: AbortSignal) => store.put("aborted", new Uint8Array(9), { signal }),
    (signal: AbortSignal) => store.putIfAbsent("aborted", new Uint8Array(9), { signal }),
    (signal: AbortSignal) => store.list("uploads/", { signal })[Symbol.asyncIterator]().next(),
    (signal: AbortSignal) => store.head("aborted", { signal }),
  ];
  const aborted = async (call: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 5 + Math.random() * 40);
    return call(stop.signal).catch((error: unknown) => error);
  };
  for (let round = 0; round < 10; round++) {
    const work = Array.from({ length: 100 }, (_, i) => aborted(calls[i % 4] as (typeof calls)[0]));
    for (const error of await Promise.all(work)) expect(error).toBe(reason);
  }
  await expect.poll(() => proxy.busy(), { timeout: 20_000 }).toBe(0);
  for (const key of keys) {
    const stop = new AbortController();
    proxy.script = ({ path }) => {
      if (!path.includes("partNumber")) return undefined;
      setTimeout(() => stop.abort(reason), 10);
      return { stall: true };
    };
    const put = store.put(key, pieces(6_000_000), { signal: stop.signal });
    await expect(put).rejects.toBe(reason);
  }
  await expect.poll(() => proxy.sockets(), { timeout: 20_000 }).toBeLessThan(5);
  proxy.script = () => undefined;
  for (const key of keys) {
    expect(await unfinished(key)).toBe(0);
    expect(await store.head(key)).toBeUndefined();
  }
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
});

test("uploads that nobody ends are ended by prefix and age, and no others", async () => {
  const store = open();
  const [prefix, key] = [`left/${randomUUID()}/`, `left/${randomUUID()}`];
  await openUpload(`${prefix}a`, 1);
  await openUpload(`${prefix}b`, 0);
  const other = await openUpload(key, 1);
  expect(await store.endUploads(prefix, 60_000)).toBe(0);
  expect(await unfinished(`${prefix}a`)).toBe(1);
  expect(await store.endUploads(prefix, 0)).toBe(2);
  expect(await store.endUploads(prefix, 0)).toBe(0);
  expect(await unfinished(`${prefix}a`)).toBe(0);
  expect(await unfinished(key)).toBe(1);
  await other();
});

test("arguments that are none are refused by their names, and nothing is asked", async () => {
  const store = open();
  proxy.forget();
  const none = undefined as unknown as string;
  await expect(store.list(none)[Symbol.asyncIterator]().next()).rejects.toThrow(/`prefix`.*undef/);
  await expect(store.endUploads(none, 1)).rejects.toThrow(/`prefix`/);
  await expect(store.endUploads("a", -1)).rejects.toThrow(/`ageMs` .* got -1/);
  for (const body of ["text", 5, null, [1]]) {
    await expect(store.put("a", body as unknown as Uint8Array)).rejects.toThrow(
      /Expected `body` to be a Uint8Array or an async iterable/,
    );
  }
  expect(proxy.seen).toEqual([]);
});

test("uploads are listed page by page, and one that is gone meanwhile is no error", async () => {
  const page = (name: string, next: string): string =>
    `<ListMultipartUploadsResult><IsTruncated>${next !== ""}</IsTruncated>${next}<Upload><Key>${name}</Key><UploadId>id-${name}</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>`;
  const next = "<NextKeyMarker>u/1</NextKeyMarker><NextUploadIdMarker>m</NextUploadIdMarker>";
  const gone = "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";
  proxy.forget();
  proxy.script = ({ method, path }) => {
    if (method === "DELETE") return { answer: { status: 404, body: gone } };
    const isSecond = path.includes("key-marker=u%2F1") && path.includes("upload-id-marker=m");
    return { answer: { status: 200, body: isSecond ? page("u/2", "") : page("u/1", next) } };
  };
  expect(await open().endUploads("u/", 86_400_000)).toBe(2);
  proxy.script = () => undefined;
  const ended = proxy.seen.filter(({ method }) => method === "DELETE").map(({ path }) => path);
  expect(ended.map((path) => /uploadId=([^&]*)/.exec(path)?.[1])).toEqual(["id-u%2F1", "id-u%2F2"]);
});
