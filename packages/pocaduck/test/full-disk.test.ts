import { spawnSync } from "node:child_process";
import { mkdtempDisposable, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { shared } from "../../../test/shared.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";
import { rowsOf } from "../../labelmap-export/test/read-export.ts";
import { command, commandJson, startCommand } from "./run-command.ts";
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

const dvid = await available(startDvid);
afterAll(() => dvid?.stop());

test.skipIf(!dvid)(
  "a full disk ends an export with one clear error and no half file; with room again it goes on (needs Go or Docker, the right to mount)",
  async ({ skip }) => {
    skip(!mounted, "needs the right to mount a small tmpfs");
    expect(mount("-o", "remount,size=64m", folder.path)).toBe(true);
    const sink = join(folder.path, "labelmap");
    const filler = join(folder.path, "filler");
    const url = String(dvid?.url);
    const words = ["dvid", "export", url, await exportable(url), "seg", sink, "--workers", "1"];
    const { bavail, bsize } = await statfs(folder.path);
    await writeFile(filler, new Uint8Array(bavail * bsize - 60_000));
    const { code, stdout, stderr } = await command(...words, "--shard-bits", "3");
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(stderr).toMatch(/no space|full/i);
    expect(stderr).toContain(sink);
    expect(stderr.trim().split("\n").length).toBe(1);
    const store = new LocalStore(sink);
    // What is there is whole.
    await rowsOf(store, "blocks");
    expect(await store.head("manifest.json")).toBeUndefined();
    await rm(filler);
    expect(await command(...words, "--shard-bits", "3")).toMatchObject({ code: 0, stderr: "" });
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
    await rm(sink, { recursive: true });
  },
  120_000,
);

test.skipIf(!shared)(
  "a full disk ends a publish with one clear error and no version; with room again it publishes, exact (needs ../shared, the right to mount)",
  async ({ skip }) => {
    skip(!mounted, "needs the right to mount a small tmpfs");
    const small = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
    expect(mount("-o", "remount,size=64m", folder.path)).toBe(true);
    const dataset = join(folder.path, "small");
    const filler = join(folder.path, "filler");
    await commandJson("ingest", small, dataset, "--points", "all", "--no-publish");
    // Room for none of the index, then for some of it, at the dataset and where it is built.
    for (const room of [0, 60_000]) {
      const { bavail, bsize } = await statfs(folder.path);
      await writeFile(filler, new Uint8Array(bavail * bsize - room));
      for (const TMPDIR of [tmpdir(), folder.path]) {
        const env = { ...process.env, TMPDIR, NODE_DISABLE_COMPILE_CACHE: "1" };
        const { code, stdout, stderr } = await startCommand(["publish", dataset], { env }).ended;
        expect([code === 0, stdout]).toEqual([false, ""]);
        expect(stderr).toMatch(/no space|full/i);
        expect(stderr).toContain(folder.path);
        expect(stderr.trim().split("\n").length).toBe(1);
      }
      expect(await commandJson("info", dataset)).toMatchObject({ version: 0 });
      await rm(filler);
    }
    expect((await readdir(folder.path)).filter((name) => name !== "fly")).toEqual(["small"]);
    expect(await readdir(join(dataset, ".staging"))).toEqual([]);
    await commandJson("publish", dataset);
    const query = await openQuery(new LocalStore(dataset));
    const { volume } = readTruth<{ volume: { each_label: LabelTruth[] } }>(
      shared ?? "",
      "small-uint64/truth.json",
    );
    for (const label of volume.each_label) expect(await compare(query, label)).toBeUndefined();
  },
  120_000,
);
