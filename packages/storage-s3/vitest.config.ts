import { defineConfig } from "vitest/config";

/** A bucket elsewhere meets the contract alone: what needs a server here stays out, and so does the server. */
const here =
  process.env.STORAGE_TEST_S3_URL === undefined
    ? { globalSetup: "test/minio-setup.ts" }
    : { include: ["test/contract.test.ts"] };

export default defineConfig({
  test: {
    name: "storage-s3",
    ...here,
    testTimeout: 60_000,
    hookTimeout: 600_000,
    expect: { requireAssertions: false },
  },
});
