import { randomUUID } from "node:crypto";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, describe, expect, test } from "vitest";
import { inScratch } from "../../storage/test/scratch.ts";
import { S3Store } from "../src/index.ts";
import { place } from "./place.ts";

/**
 * `STORAGE_TEST_S3_URL=s3://bucket/prefix` runs the contract there, at `STORAGE_TEST_S3_ENDPOINT` or AWS, with the
 * credentials of the environment.
 */
const { STORAGE_TEST_S3_URL: asked, STORAGE_TEST_S3_ENDPOINT: endpoint } = process.env;
const minio = asked === undefined ? place() : undefined;

function elsewhere(text: string): { name: string; store: S3Store; prefix: string } {
  const { host: bucket, pathname } = new URL(text);
  const store = new S3Store({ bucket, ...(endpoint && { endpoint }) });
  return { name: text, store, prefix: pathname.replace(/^\/|\/$/g, "") };
}

function onMinio(): { name: string; store: S3Store; prefix: string } {
  const none = { url: "http://127.0.0.1", bucket: "absent", accessKeyId: "", secretAccessKey: "" };
  const { url, bucket, ...credentials } = minio ?? none;
  const store = new S3Store({ bucket, endpoint: url, credentials });
  return { name: "MinIO (needs MinIO)", store, prefix: "" };
}

const { name, store, prefix } = asked ? elsewhere(asked) : onMinio();
afterAll(() => store.close());

describe.skipIf(!asked && minio === undefined)(`S3Store on ${name}`, () => {
  test("what is no bytes is not created", async () => {
    for (const body of ["hello", null, 7, [1, 2]]) {
      const create = store.putIfAbsent(`${randomUUID()}`, body as unknown as Uint8Array);
      await expect(create).rejects.toThrow(/Expected `body` to be a Uint8Array, got/);
    }
  });

  test.for([...storeContract])("$name", ({ run }) => inScratch(store, prefix, run));
});
