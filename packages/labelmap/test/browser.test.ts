import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the codecs run in a browser: nothing of Node is in their bundle", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "../src/index.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const [bundle] = outputFiles;
  expect(bundle?.text).not.toMatch(/node:|\bBuffer\b|\bprocess\b/);
});
