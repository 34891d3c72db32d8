import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Packages that run in a browser, and the most their minified bundle may weigh, in kB after gzip. */
const limits = {
  storage: 5,
  format: 20,
  query: 25,
  "storage-http": 10,
  labelmap: 20,
  "neuron-parquet": 200,
};

test.each(Object.entries(limits))("%s reaches no module of Node", async (name, limit) => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "../packages", name, "src/index.ts")],
    bundle: true,
    format: "esm",
    logLevel: "silent",
    minify: true,
    platform: "browser",
    write: false,
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array();
  const size = gzipSync(bundle).length;
  console.log(`${name}: ${kB(bundle.length)} minified, ${kB(size)} gzipped`);
  expect(size).toBeLessThan(limit * 1000);
});

test("a module of Node in a bundle is found", async () => {
  const stdin = { contents: 'import { readFileSync } from "node:fs"; readFileSync("x");' };
  const options = { bundle: true, logLevel: "silent", platform: "browser", write: false } as const;
  await expect(build({ stdin, ...options })).rejects.toThrow('Could not resolve "node:fs"');
});

function kB(size: number): string {
  return `${(size / 1000).toFixed(1)} kB`;
}
