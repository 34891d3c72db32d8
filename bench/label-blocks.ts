import { encodeBlock, type Triple } from "@pocaduck/labelmap";

export const shape: Triple = [64, 64, 64];

/**
 * 64³ voxels in cells around `cells` random seeds, as bodies meet in a block: with 10, the bytes and the labels that
 * a block of scale 0 has in the male CNS (26 KiB on average, 14 to 32 labels).
 */
export function cells(count: number, seed: number): BigUint64Array {
  const random = generator(seed);
  const seeds = Array.from({ length: count }, () => [64 * random(), 64 * random(), 64 * random()]);
  const labels = seeds.map(() => BigInt(Math.floor(random() * 2 ** 40)) + 2n ** 33n);
  return BigUint64Array.from({ length: 64 ** 3 }, (_, voxel) => {
    const [x, y, z] = [voxel & 63, (voxel >> 6) & 63, voxel >> 12];
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (const [index, [sx = 0, sy = 0, sz = 0]] of seeds.entries()) {
      const distance = (x - sx) ** 2 + (y - sy) ** 2 + (z - sz) ** 2;
      if (distance < least) [nearest, least] = [index, distance];
    }
    return labels[nearest] as bigint;
  });
}

export function encodedCells(count: number, seed: number): Uint8Array {
  return encodeBlock(cells(count, seed), { shape });
}

/** mulberry32: the same blocks in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
