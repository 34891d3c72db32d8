import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "labelmap",
    globalSetup: "test/dvid/dvid-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 600_000,
    expect: { requireAssertions: false },
  },
});
