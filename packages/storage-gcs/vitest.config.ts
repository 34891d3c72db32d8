import { defineConfig } from "vitest/config";

/** A bucket elsewhere meets the contract alone: what needs a server here stays out, and so does the server. */
const here =
  process.env.STORAGE_TEST_GCS_URL === undefined
    ? { globalSetup: "test/fake-gcs-setup.ts" }
    : { include: ["test/contract.test.ts"] };

export default defineConfig({
  test: {
    name: "storage-gcs",
    ...here,
    testTimeout: 60_000,
    hookTimeout: 600_000,
    expect: { requireAssertions: false },
  },
});
