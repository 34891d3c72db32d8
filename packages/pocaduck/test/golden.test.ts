import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery, type Query } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { commandJson } from "./run-command.ts";
import { compare, type LabelTruth, readTruth } from "./truth.ts";

/** Ingests all voxels with the command. */
async function ingested(volume: string, workers: number, folder: string): Promise<Query> {
  const dataset = join(folder, `dataset-${workers}`);
  await commandJson("ingest", volume, dataset, "--points", "all", "--workers", String(workers));
  return openQuery(new LocalStore(dataset));
}

/** Compares every label that golden data lists. */
async function expectExact(query: Query, points: number, labels: LabelTruth[]): Promise<void> {
  expect(query.manifest.totals.points).toBe(points);
  expect(query.complete).toBe(true);
  for (const label of labels) expect(await compare(query, label)).toBeUndefined();
}

describe("the real segmentation (needs ../shared)", () => {
  const folder = join(shared ?? "", "segmentation");
  let fingerprint: string | undefined;

  // All are compared with the truth: the first in its largest labels too, the others with the first in all labels.
  test.skipIf(!shared).for<[string, number]>([
    ["seg-zarr2.zarr", 2],
    ["seg-zarr2.zarr", 1],
    ["seg-zarr2.zarr", 5],
    ["seg-zarr3-sharded.zarr", 2],
  ])("%s is exact with %i workers", { timeout: 180_000 }, async ([name, workers]) => {
    await using scratch = await mkdtempDisposable(join(tmpdir(), "pocaduck-golden-"));
    const query = await ingested(join(folder, name), workers, scratch.path);
    const found = await fingerprintOf(query);
    const truth = readTruth<SegmentationTruth>(shared ?? "", "truth.json");
    const labels =
      fingerprint === undefined ? [...truth.largest, ...truth.small_random] : truth.small_random;
    await expectExact(query, truth.nonzero_voxels, labels);
    fingerprint ??= found;
    expect(found).toBe(fingerprint);
  });
});

interface SegmentationTruth {
  nonzero_voxels: number;
  largest: LabelTruth[];
  small_random: LabelTruth[];
}

/** Of all points of all labels, whatever their order. */
async function fingerprintOf(query: Query): Promise<string> {
  const labels = async function* (): AsyncGenerator<bigint> {
    for await (const { label } of query.labels()) yield label;
  };
  const hash = createHash("sha256");
  for await (const { label, length, positions } of query.pointsOf(labels())) {
    let [sum, other] = [0, 0];
    for (let i = 0; i < length; i++) {
      const at = Number(positions[3 * i]) * 262_144 + Number(positions[3 * i + 1]) * 512;
      const key = Math.imul(at + Number(positions[3 * i + 2]), 0x9e3779b1);
      sum = (sum + (key ^ (key >>> 15))) | 0;
      other = (other + Math.imul(key ^ (key >>> 13), 0x85ebca6b)) | 0;
    }
    hash.update(`${label} ${length} ${sum} ${other}\n`);
  }
  return hash.digest("hex");
}

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
    await using scratch = await mkdtempDisposable(join(tmpdir(), "pocaduck-golden-"));
    const query = await ingested(join(folder, name), 1, scratch.path);
    await expectExact(query, nonzero_voxels, each_label);
  });
});

interface Truth {
  nonzero_voxels: number;
  each_label: LabelTruth[];
}
