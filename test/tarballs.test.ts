import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pack } from "./packed.ts";

const execute = promisify(execFile);
const packages = join(import.meta.dirname, "../packages");
const folders = globSync("*/package.json", { cwd: packages }).map(dirname).sort();
const attw = join(
  dirname(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json")),
  "dist/index.js",
);

let tarballs: Record<string, string> = {};
beforeAll(async () => {
  tarballs = await pack();
}, 120_000);
afterAll(async () => {
  const [tarball] = Object.values(tarballs);
  if (tarball) await rm(dirname(tarball), { recursive: true });
});

describe.each(folders)("%s", (folder) => {
  test.concurrent("is packed as publint wants it", async () => {
    const { buffer } = new Uint8Array(await readFile(tarballOf(folder)));
    const { messages, pkg = {} } = await publint({
      strict: true,
      pack: { tarball: buffer },
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("holds its licence, its README, what is built and its source, and no test", async () => {
    const { stdout } = await execute("tar", ["-tzf", tarballOf(folder)]);
    const files = stdout.trim().split("\n");
    const expected = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
    expect(files).toEqual(expect.arrayContaining(expected.map((file) => `package/${file}`)));
    expect(files.filter((file) => /\.test\.|\/test\/|tsbuildinfo/.test(file))).toEqual([]);
  });

  test.concurrent("gives an importer its types", { timeout: 60_000 }, async () => {
    const words = [attw, tarballOf(folder), "--profile", "esm-only", "--no-color"];
    await expect(execute(process.execPath, words)).resolves.toBeDefined();
  });
});

function tarballOf(folder: string): string {
  const tarball = tarballs[folder];
  if (tarball === undefined) throw new Error(`${folder} was not packed`);
  return tarball;
}
