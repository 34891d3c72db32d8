import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { openDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { openVolume } from "@pocaduck/volume";
import { expect, test } from "vitest";
import { shared } from "../../../../test/shared.ts";
import { command, commandJson, killGroup, startCommand } from "../run-command.ts";
import { compare, type LabelTruth, readTruth } from "../truth.ts";

const volume = join(shared ?? "", "segmentation/seg-zarr2.zarr");

/** Runs the command again and again, killing it with all its workers after each of the delays, if it lasts. */
async function withKills(words: string[], delaysMs: number[]): Promise<number> {
  let killed = 0;
  for (const delay of delaysMs) {
    const { child, ended } = startCommand(words);
    const timer = setTimeout(() => killGroup(child), delay * (0.8 + 0.4 * Math.random()));
    const { signal } = await ended;
    clearTimeout(timer);
    if (signal === "SIGKILL") killed++;
  }
  return killed;
}

test.skipIf(!shared)(
  "kill -9 of workers and of publish, many times, loses nothing and doubles nothing (needs ../shared)",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-kills-"));
    const dataset = join(folder.path, "it's a [dataset] #1 % 🧠");
    const options = ["--points", "all", "--workers", "2", "--commit-blocks", "16", "--no-publish"];
    const ingest = ["ingest", volume, dataset, ...options];
    expect(await withKills(ingest, [300, 700, 1000, 1500, 2000, 2500])).toBeGreaterThan(3);
    const rest = await commandJson<{ skipped: number; missing: number }>(...ingest);
    expect(rest.missing).toBe(0);
    expect(await withKills(["publish", dataset], [80, 160, 240, 320, 400, 480])).toBeGreaterThan(3);
    await commandJson("publish", dataset);
    const again = await commandJson<{ changed: boolean }>("publish", dataset);
    expect(again.changed).toBe(false);
    const query = await openQuery(new LocalStore(dataset));
    const truth = readTruth<{ nonzero_voxels: number; small_random: LabelTruth[] }>(
      shared ?? "",
      "truth.json",
    );
    expect(query.manifest.totals.points).toBe(truth.nonzero_voxels);
    for (const label of truth.small_random.slice(0, 10)) {
      expect(await compare(query, label)).toBeUndefined();
    }
  },
  180_000,
);

test.skipIf(!shared)(
  "three scans of the same blocks and three publishers at once end at one set of points (needs ../shared)",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-rivals-"));
    const dataset = join(folder.path, "dataset");
    const small = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
    const words = ["ingest", small, dataset, "--points", "all", "--workers", "1", "--no-publish"];
    const rivals = await Promise.all([command(...words), command(...words), command(...words)]);
    expect(rivals.map(({ code }) => code)).toEqual([0, 0, 0]);
    const published = await Promise.all([
      command("publish", dataset),
      command("publish", dataset),
      command("publish", dataset),
    ]);
    expect(published.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, ""]));
    const query = await openQuery(new LocalStore(dataset));
    const truth = readTruth<{ volume: { nonzero_voxels: number; each_label: LabelTruth[] } }>(
      shared ?? "",
      "small-uint64/truth.json",
    );
    expect(query.manifest.totals.points).toBe(truth.volume.nonzero_voxels);
    for (const label of truth.volume.each_label) {
      expect(await compare(query, label)).toBeUndefined();
    }
  },
  60_000,
);

test.skipIf(!shared)(
  "a single worker of three killed with -9 is named at once, while the others finish their shares (needs ../shared)",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-worker-"));
    const dataset = join(folder.path, "fly");
    const options = ["--points", "all", "--workers", "3", "--commit-blocks", "16"];
    const words = ["ingest", volume, dataset, ...options];
    const { child, ended } = startCommand(words);
    const workers = await childrenOf(child.pid ?? 0, 3);
    const said = once(child.stderr as Readable, "data");
    process.kill(workers[1] ?? 0, "SIGKILL");
    expect(String(await said)).toMatch(
      /^worker \d of 3 was ended by SIGKILL; .*the others go on\n$/,
    );
    expect(await childrenOf(child.pid ?? 0, 2)).toHaveLength(2);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([1, ""]);
    const [, lost] =
      /worker (\d) of 3 was ended by SIGKILL; run the command again/.exec(stderr) ?? [];
    expect(stderr.trim().split("\n").length).toBe(2);
    const grid = (await openVolume(new LocalStore(volume))).grid();
    const done = await (await openDataset(new LocalStore(dataset))).committedBlocks();
    for (const index of [0, 1, 2]) {
      const left = [...grid.share(index, 3)].filter(({ id }) => !done.has(id));
      expect(left.length > 0, `worker ${index}`).toBe(index === Number(lost));
    }
    const rest = await commandJson<{ skipped: number; version: number }>(...words);
    expect(rest).toMatchObject({ skipped: done.size, version: 1 });
    const query = await openQuery(new LocalStore(dataset));
    const truth = readTruth<{ nonzero_voxels: number }>(shared ?? "", "truth.json");
    expect(query.manifest.totals.points).toBe(truth.nonzero_voxels);
  },
  120_000,
);

/** Waits until a process has so many children. */
async function childrenOf(pid: number, count: number): Promise<number[]> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
    const found = stdout.split("\n").filter(Boolean).map(Number);
    if (found.length === count) return found;
    await delay(10);
  }
  throw new Error(`${pid} did not start ${count} processes`);
}
