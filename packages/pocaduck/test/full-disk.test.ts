import { spawnSync } from "node:child_process";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { command, commandJson } from "./run-command.ts";
import { compare, type LabelTruth, readTruth } from "./truth.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let mounted = false;

function mount(...words: string[]): boolean {
  return spawnSync("mount", words, { stdio: "ignore" }).status === 0;
}

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-full-"));
  mounted = mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.path);
});
afterAll(async () => {
  if (mounted) spawnSync("umount", ["--lazy", folder.path]);
  await folder.remove();
});

test.skipIf(!shared)(
  "a full disk ends the scan with one clear error; with room again it resumes, exact (needs ../shared, the right to mount)",
  async ({ skip }) => {
    skip(!mounted, "needs the right to mount a small tmpfs");
    const volume = join(shared ?? "", "segmentation/seg-zarr2.zarr");
    const dataset = join(folder.path, "fly");
    const words = ["ingest", volume, dataset, "--points", "all", "--workers", "1"];
    const full = await command(...words, "--commit-blocks", "32");
    expect(full.code).not.toBe(0);
    expect(full.stderr).toMatch(/no space|full/i);
    expect(full.stderr.trim().split("\n").length).toBe(1);
    expect(mount("-o", "remount,size=300m", folder.path)).toBe(true);
    const rest = await commandJson<{ skipped: number; missing: number }>(...words);
    expect(rest.missing).toBe(0);
    expect(rest.skipped).toBeGreaterThan(0);
    const query = await openQuery(new LocalStore(dataset));
    const truth = readTruth<{ nonzero_voxels: number; small_random: LabelTruth[] }>(
      shared ?? "",
      "truth.json",
    );
    expect(query.manifest.totals.points).toBe(truth.nonzero_voxels);
    for (const label of truth.small_random) expect(await compare(query, label)).toBeUndefined();
  },
  120_000,
);
