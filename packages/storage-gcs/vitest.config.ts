import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "storage-gcs",
    globalSetup: "test/fake-gcs-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 600_000,
    expect: { requireAssertions: false },
  },
});
