import type { Block, ReadBlockOptions, Volume, Voxels } from "./volume.ts";

export interface ReadBlocksOptions extends ReadBlockOptions {
  /** How many blocks to read beyond the one that is worked on; 2 by default, more for stores far away. */
  ahead?: number;
}

/** Blocks in their order, while those that follow are being read. */
export async function* readBlocks(
  volume: Volume,
  blocks: Iterable<Block>,
  { ahead = 2, ...options }: ReadBlocksOptions = {},
): AsyncGenerator<[block: Block, voxels: Voxels], undefined> {
  const reading: [Block, Promise<Voxels>][] = [];
  for (const block of blocks) {
    const voxels = volume.readBlock(block, options);
    // Whoever stops before this block is reached leaves its failure to nobody.
    voxels.catch(() => undefined);
    reading.push([block, voxels]);
    if (reading.length > ahead) yield* next(reading);
  }
  while (reading.length > 0) yield* next(reading);
}

async function* next(
  reading: [Block, Promise<Voxels>][],
): AsyncGenerator<[block: Block, voxels: Voxels], undefined> {
  const first = reading.shift();
  if (first) yield [first[0], await first[1]];
}
