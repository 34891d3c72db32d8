import { randomUUID } from "node:crypto";
import { prefixed } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, describe, expect, test } from "vitest";
import { GcsStore } from "../src/index.ts";
import { place } from "./place.ts";

const server = place();
const { url, bucket } = server ?? { url: "http://127.0.0.1", bucket: "absent" };
const store = new GcsStore({ bucket, endpoint: url, partSize: 1 << 18 });
afterAll(() => store.close());

describe.skipIf(server === undefined)("GcsStore on fake-gcs-server (needs it)", () => {
  test.for([...storeContract])("$name", async ({ run }) => {
    const scratch = `${randomUUID()}/`;
    await run(prefixed(store, scratch), scratch.length);
  });

  test("objects around the size of a chunk come back whole", async () => {
    for (const size of [2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19, 2 ** 20 + 12345]) {
      const body = Uint8Array.from({ length: size }, (_, i) => (i * 31) % 253);
      expect((await store.put("sized", body)).size).toBe(size);
      expect(Buffer.compare((await store.get("sized")) ?? new Uint8Array(), body)).toBe(0);
    }
  });
});
