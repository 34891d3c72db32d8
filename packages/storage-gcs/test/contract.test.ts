import { randomUUID } from "node:crypto";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, describe, expect, test } from "vitest";
import { inScratch } from "../../storage/test/scratch.ts";
import { GcsStore } from "../src/index.ts";
import { place } from "./place.ts";

/**
 * `STORAGE_TEST_GCS_URL=gs://bucket/prefix` runs the contract there, at `STORAGE_TEST_GCS_ENDPOINT` or Google, with the
 * application default credentials.
 */
const { STORAGE_TEST_GCS_URL: asked, STORAGE_TEST_GCS_ENDPOINT: endpoint } = process.env;
const server = asked === undefined ? place() : undefined;

function elsewhere(text: string): { name: string; store: GcsStore; prefix: string } {
  const { host: bucket, pathname } = new URL(text);
  const store = new GcsStore({ bucket, ...(endpoint && { endpoint }) });
  return { name: text, store, prefix: pathname.replace(/^\/|\/$/g, "") };
}

function onFake(): { name: string; store: GcsStore; prefix: string } {
  const { url, bucket } = server ?? { url: "http://127.0.0.1", bucket: "absent" };
  const store = new GcsStore({ bucket, endpoint: url, partSize: 1 << 18 });
  return { name: "fake-gcs-server (needs it)", store, prefix: "" };
}

const { name, store, prefix } = asked ? elsewhere(asked) : onFake();
afterAll(() => store.close());

describe.skipIf(!asked && server === undefined)(`GcsStore on ${name}`, () => {
  test("what is no bytes is not created", async () => {
    for (const body of ["hello", null, 7, [1, 2]]) {
      const create = store.putIfAbsent(`${randomUUID()}`, body as unknown as Uint8Array);
      await expect(create).rejects.toThrow(/Expected `body` to be a Uint8Array, got/);
    }
  });

  test.for([...storeContract])("$name", ({ run }) => inScratch(store, prefix, run));

  test("objects around the size of a chunk come back whole", () =>
    inScratch(store, prefix, async (scratch) => {
      for (const size of [2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19, 2 ** 20 + 12345]) {
        const body = Uint8Array.from({ length: size }, (_, i) => (i * 31) % 253);
        expect((await scratch.put("sized", body)).size).toBe(size);
        expect(Buffer.compare((await scratch.get("sized")) ?? new Uint8Array(), body)).toBe(0);
      }
    }));
});
