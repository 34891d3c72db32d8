import { spawnSync } from "node:child_process";
import { mkdtempDisposable, readdir, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder } from "../src/index.ts";

test("a scratch folder takes the place of those that killed processes left, and of no others", async () => {
  await using parent = await mkdtempDisposable(join(tmpdir(), "pocaduck-test-"));
  const mine = await scratchFolder(parent.path, "publish");
  await writeFile(join(mine, "extents"), "x");
  const { pid: gone } = spawnSync(process.execPath, ["-e", ""]);
  const ofProcess = (pid: number | string, of = mine): string =>
    basename(of).replace(`-${process.pid}-`, `-${pid}-`);
  const left = await scratchFolder(parent.path, "publish");
  await rename(left, join(parent.path, ofProcess(gone, left)));
  const kept = [
    basename(mine),
    ofProcess(gone).replace("publish", "sql"),
    ofProcess(gone).replace("publish-", "publish-elsewhere"),
    ofProcess("what"),
  ];
  for (const name of kept.slice(1))
    await rename(await scratchFolder(parent.path, "x"), join(parent.path, name));
  const next = await scratchFolder(parent.path, "publish");
  expect((await readdir(parent.path)).sort()).toEqual([...kept, basename(next)].sort());
  expect(await readdir(mine)).toEqual(["extents"]);
});
