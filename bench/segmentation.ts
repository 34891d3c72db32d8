import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalStore } from "@pocaduck/storage-local";
import { openVolume, PointFinder } from "@pocaduck/volume";
import type { InputBlock } from "./blocks-of-set.ts";

/** Beside the repository: absent in a user's clone. */
export const segmentation: string = join(
  process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../shared"),
  "data/segmentation/seg-zarr2.zarr",
);
export const hasSegmentation: boolean = existsSync(segmentation);

/**
 * Points of the real segmentation's first `side`³ voxels, in blocks of 64³; decoded beforehand, so that only ingesting is
 * timed: 20 bytes a point of memory. The surface is that of the whole volume.
 */
export async function denseBlocks(side: number, select: "all" | "surface"): Promise<InputBlock[]> {
  const volume = await openVolume(new LocalStore(segmentation));
  const finder = new PointFinder({ select });
  const blocks: InputBlock[] = [];
  for (const block of volume.grid([64, 64, 64])) {
    if (block.start.some((at) => at >= side)) continue;
    const voxels = await volume.readBlock(block, { halo: finder.halo });
    const { labels, positions } = finder.find(voxels);
    blocks.push({ id: block.id, labels: labels.slice(), positions: positions.slice() });
  }
  return blocks;
}

/** Copies the 512³ voxels side by side to a volume of 512·`times` voxels along each axis: neighbours in it do not fit, which is no matter here. */
export function tileSegmentation(times: number, path: string): void {
  mkdirSync(path);
  const array = JSON.parse(readFileSync(join(segmentation, ".zarray"), "utf8")) as {
    shape: number[];
    chunks: number[];
  };
  const shape = array.shape.map((size) => size * times);
  writeFileSync(join(path, ".zarray"), JSON.stringify({ ...array, shape }));
  const [nz = 0, ny = 0, nx = 0] = array.shape.map(
    (size, axis) => size / (array.chunks[axis] ?? 1),
  );
  for (let z = 0; z < nz * times; z++) {
    for (let y = 0; y < ny * times; y++) {
      mkdirSync(join(path, `${z}/${y}`), { recursive: true });
      for (let x = 0; x < nx * times; x++) {
        const from = join(segmentation, `${z % nz}/${y % ny}/${x % nx}`);
        if (existsSync(from)) copyFileSync(from, join(path, `${z}/${y}/${x}`));
      }
    }
  }
}
