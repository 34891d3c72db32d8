import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { expect, test } from "vitest";
import { shared } from "../../../../test/shared.ts";
import { command, commandJson, killGroup, startCommand } from "../run-command.ts";
import { compare, type LabelTruth, readTruth } from "../truth.ts";
import { digestOf } from "./digest.ts";
import { startReader } from "./start-reader.ts";

const volumes = join(shared ?? "", "segmentation/small-uint64");

interface Truth {
  nonzero_voxels: number;
  each_label: LabelTruth[];
}

/** Whether the command was still at work when its time was over. */
async function killedAfter(delayMs: number, words: string[]): Promise<boolean> {
  const { child, ended } = startCommand(words);
  const timer = setTimeout(() => killGroup(child), delayMs);
  const { signal, code, stderr } = await ended;
  clearTimeout(timer);
  if (signal !== "SIGKILL") expect([code, stderr]).toEqual([0, ""]);
  return signal === "SIGKILL";
}

test.skipIf(!shared)(
  "two processes that read all the time, while others scan, publish and are killed, see whole versions (needs ../shared)",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-reading-"));
    const dataset = join(folder.path, "fly");
    const options = ["--points", "all", "--block", "48", "--workers", "2", "--commit-blocks", "2"];
    const scan = (volume: string): string[] => {
      return ["ingest", join(volumes, volume), dataset, ...options, "--rescan"];
    };
    using first = startReader(dataset);
    using second = startReader(dataset);
    // The volume is the same but for holes, so each round replaces points, of as many blocks as it lived for.
    const rounds = ["v3-zstd.zarr", "v2-zstd-holes.zarr", "v3-gzip-crc.zarr", "v2-zstd-holes.zarr"];
    let killed = 0;
    await commandJson(...scan("v3-zstd.zarr"));
    await Promise.all([first.hasRead(1), second.hasRead(1)]);
    for (const [round, volume] of rounds.entries()) {
      const delay = 300 + 250 * round * (0.8 + 0.4 * Math.random());
      if (await killedAfter(delay, [...scan(volume), "--no-publish"])) killed++;
      const late = 150 + 60 * round * (0.8 + 0.4 * Math.random());
      if (await killedAfter(late, ["publish", dataset])) killed++;
      expect(await command("publish", dataset)).toMatchObject({ code: 0, stderr: "" });
    }
    await commandJson(...scan("v3-zstd.zarr"));
    const store = new LocalStore(dataset);
    const query = await openQuery(store);
    const seen = await Promise.all([first.stop(query.version), second.stop(query.version)]);
    expect(killed).toBeGreaterThan(2);
    const { volume } = readTruth<{ volume: Truth }>(shared ?? "", "small-uint64/truth.json");
    expect(query.manifest.totals.points).toBe(volume.nonzero_voxels);
    for (const label of volume.each_label) expect(await compare(query, label)).toBeUndefined();
    // What was seen while all that went on is what each version says when all is quiet.
    for (const { reads, versions } of seen) {
      expect(reads).toBeGreaterThan(20);
      expect(Object.keys(versions).length).toBeGreaterThan(1);
    }
    for (const version of new Set(seen.flatMap(({ versions }) => Object.keys(versions)))) {
      const quiet = await openQuery(store, { version: Number(version) });
      for (const { versions } of seen) {
        for (const [label, digest] of Object.entries(versions[Number(version)] ?? {})) {
          const { positions } = await quiet.points(BigInt(label));
          expect(digestOf(positions), `${label} in version ${version}`).toBe(digest);
        }
      }
    }
  },
  180_000,
);
