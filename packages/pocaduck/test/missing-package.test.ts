import { execFile } from "node:child_process";
import { cp, mkdir, mkdtempDisposable, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** This package as it is where `absent` was left out of the installation. */
async function installedWithout(absent: string, folder: string): Promise<string> {
  await cp(join(home, "src"), join(folder, "src"), { recursive: true });
  await cp(join(home, "package.json"), join(folder, "package.json"));
  const modules = join(home, "node_modules");
  for (const name of await packages(modules)) {
    if (name === absent) continue;
    await mkdir(dirname(join(folder, "node_modules", name)), { recursive: true });
    await symlink(join(modules, name), join(folder, "node_modules", name));
  }
  return join(folder, "src/main.ts");
}

async function packages(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(modules)) {
    if (!name.startsWith("@")) names.push(name);
    else for (const each of await readdir(join(modules, name))) names.push(`${name}/${each}`);
  }
  return names.filter((name) => !name.startsWith("."));
}

test.each([
  ["@pocaduck/storage-s3", "s3://bucket/fly"],
  ["@pocaduck/storage-gcs", "gs://bucket/fly"],
  ["@pocaduck/storage-http", "https://host.invalid/fly"],
])("without %s its addresses say what to install, and a folder opens", async (name, url) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-without-"));
  const main = await installedWithout(name, folder.path);
  const failed = await run(process.execPath, [main, "info", url]).catch((error) => error);
  expect({ code: failed.code, stderr: failed.stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(`${name} is not installed; run: npm install ${name}\n$`),
  });
  const { stdout } = await run(process.execPath, [main, "create", join(folder.path, "fly")]);
  expect(stdout).toMatch(/^created/);
});
