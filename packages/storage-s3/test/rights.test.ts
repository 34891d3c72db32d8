import { randomUUID } from "node:crypto";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, expect, test } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { S3Store } from "../src/index.ts";
import { place } from "./place.ts";

const { url, accessKeyId, secretAccessKey } = place();
const credentials = { accessKeyId, secretAccessKey };
const client = new S3Client({
  endpoint: url,
  region: "us-east-1",
  forcePathStyle: true,
  credentials,
});
afterAll(() => client.destroy());

/** A bucket in which everybody has these rights, its owner's store, and a stranger's. */
async function withRights(
  ...rights: string[]
): Promise<{ bucket: string; owner: S3Store; guest: S3Store }> {
  const bucket = `rights-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const Statement = rights.map((Action) => ({
    Effect: "Allow",
    Principal: "*",
    Action,
    Resource: `arn:aws:s3:::${bucket}${/Bucket$|Uploads$/.test(Action) ? "" : "/*"}`,
  }));
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  const common = { bucket, endpoint: url, partSize: 5 << 20, baseMs: 1, capMs: 5 };
  return {
    bucket,
    owner: new S3Store({ ...common, credentials }),
    guest: new S3Store({ ...common, anonymous: true }),
  };
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

async function list(store: S3Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  return keys;
}

test("who may only read, reads, and nothing else", async () => {
  const { owner, guest } = await withRights("s3:GetObject");
  await owner.put("a", new Uint8Array(9));
  expect((await guest.get("a"))?.length).toBe(9);
  expect((await guest.getRange("a", { suffixLength: 2 }))?.length).toBe(2);
  expect((await guest.head("a"))?.size).toBe(9);
  // AWS would say that it is forbidden; MinIO tells.
  expect(await guest.get("absent")).toBeUndefined();
  expect(await code(list(guest))).toBe("forbidden");
  expect(await code(guest.put("a", new Uint8Array(1)))).toBe("forbidden");
  expect(await code(guest.putIfAbsent("b", new Uint8Array(1)))).toBe("forbidden");
  expect(await code(guest.delete("a"))).toBe("forbidden");
  expect((await owner.get("a"))?.length).toBe(9);
  expect(await list(owner)).toEqual(["a"]);
});

test("who may read and list, is told what is absent", async () => {
  const { guest } = await withRights("s3:GetObject", "s3:ListBucket");
  expect(await guest.get("absent")).toBeUndefined();
  expect(await guest.head("absent")).toBeUndefined();
  expect(await list(guest)).toEqual([]);
});

test("who may only write, writes, creates and uploads, and reads nothing", async () => {
  const { owner, guest } = await withRights("s3:PutObject");
  await guest.put("a", new Uint8Array(9));
  expect((await guest.putIfAbsent("b", new Uint8Array(8)))?.size).toBe(8);
  expect(await guest.putIfAbsent("b", new Uint8Array(7))).toBeUndefined();
  expect(await code(guest.get("a"))).toBe("forbidden");
  expect(await code(guest.head("a"))).toBe("forbidden");
  expect(await code(list(guest))).toBe("forbidden");
  expect(await list(owner)).toEqual(["a", "b"]);
  expect((await owner.get("b"))?.length).toBe(8);
});

test("a lost answer to who may only write leaves the outcome unknown, never won or lost by guess", async () => {
  const { bucket, owner } = await withRights("s3:PutObject");
  const proxy = await startFaultProxy(url);
  const store = new S3Store({ bucket, endpoint: proxy.url, anonymous: true, baseMs: 1, capMs: 5 });
  proxy.script = (_, index) => (index === 0 ? { lose: true } : undefined);
  expect(await code(store.putIfAbsent("a", new Uint8Array(3)))).toBe("unknown-outcome");
  expect((await owner.get("a"))?.length).toBe(3);
  await proxy[Symbol.asyncDispose]();
});
