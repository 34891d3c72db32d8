import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "storage-s3",
    globalSetup: "test/minio-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 600_000,
    expect: { requireAssertions: false },
  },
});
