import { readdirSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { commandJson } from "./run-command.ts";
import { compare, type LabelTruth, readTruth } from "./truth.ts";

/** Ingests with the command and compares every label that golden data lists. */
async function expectExact(
  volume: string,
  workers: number,
  points: number,
  labels: LabelTruth[],
): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-golden-"));
  const dataset = join(folder.path, "dataset");
  await commandJson("ingest", volume, dataset, "--points", "all", "--workers", String(workers));
  const query = await openQuery(new LocalStore(dataset));
  expect(query.manifest.totals.points).toBe(points);
  expect(query.complete).toBe(true);
  for (const label of labels) expect(await compare(query, label)).toBeUndefined();
}

describe("the real segmentation (needs ../shared)", () => {
  const folder = join(shared ?? "", "segmentation");

  test.skipIf(!shared).for<[string, number]>([
    ["seg-zarr2.zarr", 1],
    ["seg-zarr2.zarr", 2],
    ["seg-zarr2.zarr", 5],
    ["seg-zarr3-sharded.zarr", 2],
  ])("%s is exact with %i workers", { timeout: 120_000 }, async ([name, workers]) => {
    const truth = readTruth<{
      nonzero_voxels: number;
      largest: LabelTruth[];
      small_random: LabelTruth[];
    }>(shared ?? "", "truth.json");
    const labels = [...truth.largest, ...truth.small_random];
    await expectExact(join(folder, name), workers, truth.nonzero_voxels, labels);
  });
});

describe("each variant of the small volume (needs ../shared)", () => {
  const folder = join(shared ?? "", "segmentation/small-uint64");
  const variants = shared ? readdirSync(folder).filter((name) => name.endsWith(".zarr")) : ["none"];

  test.skipIf(!shared).for(variants)("%s is exact", { timeout: 60_000 }, async (name) => {
    const truth = readTruth<Record<string, Truth>>(shared ?? "", "small-uint64/truth.json");
    const part = name.includes("holes")
      ? "holes"
      : name.includes("bigendian")
        ? "bigendian_subcrop"
        : "volume";
    const { nonzero_voxels, each_label } = truth[part] as Truth;
    await expectExact(join(folder, name), 1, nonzero_voxels, each_label);
  });
});

interface Truth {
  nonzero_voxels: number;
  each_label: LabelTruth[];
}
