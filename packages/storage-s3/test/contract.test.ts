import { randomUUID } from "node:crypto";
import { prefixed } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, describe, test } from "vitest";
import { S3Store } from "../src/index.ts";
import { place } from "./place.ts";

const minio = place();
const absent = { url: "http://127.0.0.1", bucket: "absent", accessKeyId: "", secretAccessKey: "" };
const { url, bucket, ...credentials } = minio ?? absent;
const store = new S3Store({ bucket, endpoint: url, credentials });
afterAll(() => store.close());

describe.skipIf(minio === undefined)("S3Store on MinIO (needs MinIO)", () => {
  test.for([...storeContract])("$name", async ({ run }) => {
    const scratch = `${randomUUID()}/`;
    await run(prefixed(store, scratch), scratch.length);
  });
});
