import { randomUUID } from "node:crypto";
import { prefixed } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, describe, inject, test } from "vitest";
import { S3Store } from "../src/index.ts";

const { url, bucket, ...credentials } = inject("s3");
const store = new S3Store({ bucket, endpoint: url, credentials });
afterAll(() => store.close());

describe("S3Store on MinIO", () => {
  test.for([...storeContract])("$name", async ({ run }) => {
    const scratch = `${randomUUID()}/`;
    await run(prefixed(store, scratch), scratch.length);
  });
});
