import { sampledBlocks, sampledPoints } from "./sampled.ts";
import { denseBlocks } from "./segmentation.ts";

/** A block as `writeBlock` takes it. */
export interface InputBlock {
  id: string;
  labels: BigUint64Array;
  positions: Int32Array;
  supervoxel?: BigUint64Array;
}

/** `sampled` (size: pairs), `dense` or `surface` (size: voxels along each side of a crop of the real segmentation). */
export const sets = ["sampled", "dense", "surface"] as const;
export type SetName = (typeof sets)[number];

/** The blocks of a set; those of the real segmentation are decoded before the first is yielded. */
export async function* blocksOfSet(set: SetName, size: number): AsyncGenerator<InputBlock> {
  if (set !== "sampled") yield* await denseBlocks(size, set === "dense" ? "all" : "surface");
  else for (const block of sampledBlocks(size)) yield { id: block.id, ...sampledPoints(block) };
}
