import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Block, PointFinder, type Triple, type Volume } from "../src/index.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const shared = process.env.POCADUCK_SHARED ?? resolve(root, "../shared");

/** Volumes written by other programs. */
export const golden: string = resolve(shared, "data/segmentation");
/** In CI their absence fails the tests rather than skip them. */
export const noGolden: boolean = !existsSync(golden) && process.env.CI !== "true";

export interface Truth {
  label: string;
  voxels: number;
  sha256_xyz_int32le: string;
}

export function readTruth<T>(path: string): T {
  return JSON.parse(readFileSync(resolve(golden, path), "utf8"));
}

/** sha256 over all labels in raster order, whatever the blocks. */
export async function digestVolume(volume: Volume, blockShape: Triple): Promise<string> {
  const hash = createHash("sha256");
  const [nx, ny] = volume.shape;
  const grid = volume.grid([nx, ny, blockShape[2]]);
  for (let z = 0; z < grid.counts[2]; z++) {
    const { data } = await volume.readBlock(grid.at(0, 0, z));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Per label its number of voxels and the digest of their positions less an origin, sorted by x, y, z. */
export async function digestLabels(
  volume: Volume,
  blocks: Iterable<Block>,
  labels?: Iterable<bigint>,
  [ox, oy, oz]: Triple = [0, 0, 0],
): Promise<Truth[]> {
  const finder = new PointFinder({ select: "all", ...(labels && { labels }) });
  const found = new Map<bigint, number[]>();
  for (const block of blocks) {
    const { labels, positions } = finder.find(await volume.readBlock(block));
    for (const [i, label] of labels.entries()) {
      const places = found.get(label) ?? [];
      if (places.length === 0) found.set(label, places);
      const [x = 0, y = 0, z = 0] = positions.subarray(i * 3);
      places.push(((x - ox) * 4096 + y - oy) * 4096 + z - oz);
    }
  }
  return [...found].map(([label, places]) => {
    const sorted = Float64Array.from(places).sort();
    const rows = new Int32Array(places.length * 3);
    for (const [i, place] of sorted.entries()) {
      rows.set(
        [Math.floor(place / 4096 ** 2), Math.floor(place / 4096) % 4096, place % 4096],
        i * 3,
      );
    }
    const sha256 = createHash("sha256").update(rows).digest("hex");
    return { label: String(label), voxels: places.length, sha256_xyz_int32le: sha256 };
  });
}

export function byLabel(truth: readonly Truth[]): Truth[] {
  return truth
    .map(({ label, voxels, sha256_xyz_int32le }) => ({ label, voxels, sha256_xyz_int32le }))
    .sort((a, b) => (BigInt(a.label) < BigInt(b.label) ? -1 : 1));
}
