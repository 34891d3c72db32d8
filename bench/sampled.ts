import { Draws } from "./draws.ts";

/** A block of the sampled shape: its labels ascend, pair by pair. */
export interface SampledBlock {
  /** Number in order of generation: 64 that follow each other make a brick of 4 × 4 × 4. */
  number: number;
  /** As in `12_7_3`: place in the grid of blocks. */
  id: string;
  /** Voxels of its least corner. */
  corner: [number, number, number];
  /** A label per pair. */
  labels: BigUint64Array<ArrayBuffer>;
  /** Points of each pair. */
  counts: Uint32Array<ArrayBuffer>;
}

export interface SampledPoints {
  /** A label per point; those of a pair follow each other. */
  labels: BigUint64Array<ArrayBuffer>;
  /** x, y, z triples in voxels. */
  positions: Int32Array<ArrayBuffer>;
  supervoxel: BigUint64Array<ArrayBuffer>;
}

/** Voxels along each side of a block. */
const blockSide = 128;
/** Pairs of a full region, 16 blocks along each side. */
const regionPairs = 1_000_000;
/** Labels of each region that go on in all others, and so grow with the data. */
const wanderers = 8;
const labelBase = 720_575_940_000_000_000n;
/** Places for an id; about half of them are taken. */
const labelGap = 15_000;

/**
 * About `pairs` pairs of the sampled shape, block by block: points per pair log-normal (median 4, mean 15), pairs per
 * label Pareto, labels connected, ids uint64 in no order. One region after another, so memory does not grow.
 */
export function* sampledBlocks(pairs: number, seed = 7): Generator<SampledBlock> {
  const regions = Math.max(1, Math.round(pairs / regionPairs));
  const each = Math.min(regionPairs, Math.round(pairs / regions));
  const side = 2 ** Math.max(1, Math.round(Math.log2(16 * Math.cbrt(each / regionPairs))));
  const ids = new LabelIds(pairs);
  let number = 0;
  for (let region = 0; region < regions; region++) {
    const draws = new Draws(seed, region);
    const { labels, blockOfPair, labelOfPair } = walkLabels(draws, each, side, ids);
    const starts = bucket(blockOfPair, labelOfPair, side ** 3);
    for (let morton = 0; morton < side ** 3; morton++) {
      const inside = labelOfPair.subarray(starts[morton], starts[morton + 1]);
      const place = unspread(morton);
      const grid = [200 + place[0] + side * region, 200 + place[1], 200 + place[2]];
      yield {
        number: number++,
        id: grid.join("_"),
        corner: grid.map((at) => at * blockSide) as [number, number, number],
        labels: BigUint64Array.from(inside, (label) => labels[label] as bigint).sort(),
        counts: Uint32Array.from(inside, () => pointsOfPair(draws)),
      };
    }
  }
}

/** The points of a block, the same for each call: compact clouds, each pair in one supervoxel or two. */
export function sampledPoints(block: SampledBlock, seed = 7): SampledPoints {
  const draws = new Draws(seed ^ 0x5bd1e995, block.number);
  const total = block.counts.reduce((sum, count) => sum + count, 0);
  const labels = new BigUint64Array(total);
  const positions = new Int32Array(total * 3);
  const supervoxel = new BigUint64Array(total);
  const place = block.corner.map((at) => BigInt(at / blockSide));
  const [x = 0n, y = 0n, z = 0n] = place;
  const blockBits = (1n << 56n) | (x << 46n) | (y << 36n) | (z << 26n);
  let row = 0;
  for (const [pair, count] of block.counts.entries()) {
    const first = row;
    const own = blockBits + BigInt(1 + draws.below(1 << 22)) * 4n;
    // A second one in 10 % of all pairs, which are 14 % of those with points for two.
    const cut = count > 1 && draws.unit() < 0.14;
    const sizes = [20, 17, 6].map((scale) => Math.min(127, Math.floor(draws.gamma2(scale)) + 1));
    const corner = sizes.map(
      (size, axis) => (block.corner[axis] as number) + draws.below(blockSide - size),
    );
    const middle = (corner[0] as number) + (sizes[0] as number) / 2;
    for (; row < first + count; row++) {
      for (let axis = 0; axis < 3; axis++) {
        positions[row * 3 + axis] = (corner[axis] as number) + draws.below(sizes[axis] as number);
      }
      const beyond = cut && (positions[row * 3] as number) >= middle;
      supervoxel[row] = beyond ? own + 64n : own;
    }
    labels.fill(block.labels[pair] as bigint, first, row);
  }
  return { labels, positions, supervoxel };
}

function pointsOfPair(draws: Draws): number {
  return Math.min(2000, Math.max(1, Math.floor(Math.exp(1.6 + 1.5 * draws.normal()))));
}

/** Labels as random walks over the blocks of a region, each block once a label. */
function walkLabels(draws: Draws, pairs: number, side: number, ids: LabelIds) {
  const labels: bigint[] = [];
  const blockOfPair = new Uint32Array(pairs);
  const labelOfPair = new Uint32Array(pairs);
  const seen = new Int32Array(side ** 3).fill(-1);
  let length = 0;
  for (let label = 0; length < pairs; label++) {
    labels.push(label < wanderers ? ids.wanderer(label) : ids.next(draws));
    const steps = Math.min(4000, Math.floor(3 * (1 - draws.unit()) ** (-1 / 1.05)));
    const wanted = label < wanderers ? Math.min(4000, pairs / 200) : steps;
    const at = [draws.below(side), draws.below(side), draws.below(side)];
    for (let step = 0; step < wanted && length < pairs; step++) {
      const morton = spread(at[0] ?? 0) | (spread(at[1] ?? 0) << 1) | (spread(at[2] ?? 0) << 2);
      if (seen[morton] !== label) {
        seen[morton] = label;
        blockOfPair[length] = morton;
        labelOfPair[length++] = label;
      }
      for (let axis = 0; axis < 3; axis++) {
        const next = (at[axis] as number) + draws.below(3) - 1;
        if (next >= 0 && next < side) at[axis] = next;
      }
    }
  }
  return { labels, blockOfPair, labelOfPair };
}

/** Sorts `labelOfPair` by block, in place; returns where each block starts. */
function bucket(blockOfPair: Uint32Array, labelOfPair: Uint32Array, blocks: number): Uint32Array {
  const starts = new Uint32Array(blocks + 1);
  for (const block of blockOfPair) starts[block + 1] = (starts[block + 1] as number) + 1;
  for (let block = 0; block < blocks; block++) {
    starts[block + 1] = (starts[block + 1] as number) + (starts[block] as number);
  }
  const next = starts.slice();
  const sorted = new Uint32Array(labelOfPair.length);
  for (const [pair, block] of blockOfPair.entries()) {
    const at = next[block] as number;
    sorted[at] = labelOfPair[pair] as number;
    next[block] = at + 1;
  }
  labelOfPair.set(sorted);
  return starts;
}

/** Distinct ids, some 30,000 apart, whose order is not that of their making. */
class LabelIds {
  readonly #mask: number;
  #made = 0;

  constructor(pairs: number) {
    // A label has some 16 pairs.
    this.#mask = 2 ** Math.ceil(Math.log2(pairs / 12 + 64)) - 1;
  }

  next(draws: Draws): bigint {
    const mixed = Math.imul(this.#made++ + wanderers, 0x2545f491) & this.#mask;
    return labelBase + BigInt(mixed) * BigInt(labelGap) + BigInt(draws.below(labelGap - wanderers));
  }

  wanderer(at: number): bigint {
    return labelBase + BigInt((at * 7919) & this.#mask) * BigInt(labelGap) - 1n - BigInt(at);
  }
}

/** Bits of a number below 1,024, two zeros after each. */
function spread(value: number): number {
  let bits = 0;
  for (let bit = 0; bit < 10; bit++) bits |= ((value >> bit) & 1) << (3 * bit);
  return bits;
}

function unspread(morton: number): [number, number, number] {
  const place: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 30; bit++) {
    const axis = bit % 3;
    place[axis] = (place[axis] as number) | (((morton >> bit) & 1) << Math.floor(bit / 3));
  }
  return place;
}
