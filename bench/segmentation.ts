import { existsSync } from "node:fs";
import { join } from "node:path";
import { LocalStore } from "@pocaduck/storage-local";
import { openVolume, PointFinder } from "@pocaduck/volume";

/** Beside the repository: absent in a user's clone. */
export const segmentation: string = join(
  process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../shared"),
  "data/segmentation/seg-zarr2.zarr",
);
export const hasSegmentation: boolean = existsSync(segmentation);

export interface DenseBlock {
  id: string;
  labels: BigUint64Array;
  positions: Int32Array;
}

/** Decoded beforehand, so that only ingesting is timed: 20 bytes a voxel of memory. */
const decoded: DenseBlock[] = [];
let decodedSide = 0;

/** Loads all voxels of the real segmentation's first `side`³, in blocks of 64³. */
export async function loadDense(side: number): Promise<void> {
  const volume = await openVolume(new LocalStore(segmentation));
  const finder = new PointFinder({ select: "all" });
  for (const block of volume.grid([64, 64, 64])) {
    if (block.start.some((at) => at >= side)) continue;
    const { labels, positions } = finder.find(await volume.readBlock(block));
    decoded.push({ id: block.id, labels: labels.slice(), positions: positions.slice() });
  }
  decodedSide = side;
}

/** The blocks that {@link loadDense} loaded. */
export function denseBlocks(side: number): readonly DenseBlock[] {
  if (side !== decodedSide) throw new RangeError(`Expected a side of ${decodedSide}, got ${side}`);
  return decoded;
}
