import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@pocaduck/storage/testing";
import { describe, test } from "vitest";
import { LocalStore } from "../src/index.ts";

describe("LocalStore", () => {
  test.for([...storeContract])("$name", async ({ run }) => {
    await using root = await mkdtempDisposable(join(tmpdir(), "storage-local-"));
    await using store = new LocalStore(root.path);
    await run(store);
  });
});
