import type { Triple } from "@pocaduck/labelmap";
import { blockRange, type Extents } from "@pocaduck/labelmap/dvid";
import { MortonGrid } from "./morton.ts";
import type { BlocksTask } from "./task.ts";

export interface ShardLayout {
  blockShape: Triple;
  extents: Extents;
  shardBits: number;
}

/** Morton codes and shards of the blocks of one scale. */
export class ShardGrid {
  /** Blocks of a whole shard. */
  readonly shape: Triple;
  readonly #origin: Triple;
  readonly #morton: MortonGrid;
  readonly #bits: bigint;

  /**
   * Codes count from block 0, as neuroglancer's do for a volume that starts there; where blocks have negative
   * places, from the first of them.
   */
  constructor({ blockShape, extents, shardBits }: ShardLayout, scale: number) {
    const { start, end } = blockRange(extents, blockShape, scale);
    this.#origin = [Math.min(0, start[0]), Math.min(0, start[1]), Math.min(0, start[2])];
    this.#morton = new MortonGrid(minus(end, this.#origin));
    this.shape = this.#morton.cell(shardBits);
    this.#bits = BigInt(shardBits);
  }

  morton(block: Triple): bigint {
    return this.#morton.code(minus(block, this.#origin));
  }

  shard(block: Triple): bigint {
    return this.morton(block) >> this.#bits;
  }

  /** First block of the shard that `block` is in. */
  corner(block: Triple): Triple {
    const along = (axis: 0 | 1 | 2): number => {
      const [origin, size] = [this.#origin[axis], this.shape[axis]];
      return origin + Math.floor((block[axis] - origin) / size) * size;
    };
    return [along(0), along(1), along(2)];
  }
}

/** How many shards meet the extents. */
export function countShards(layout: ShardLayout, scale: number): number {
  const { shape, first, end } = shardBox(layout, scale);
  const along = (axis: 0 | 1 | 2): number => Math.ceil((end[axis] - first[axis]) / shape[axis]);
  return along(0) * along(1) * along(2);
}

/** The shards that meet the extents, in the order of their numbers. */
export function shardsOf(layout: ShardLayout, scale: number): BlocksTask[] {
  const grid = new ShardGrid(layout, scale);
  const { start, first, end } = shardBox(layout, scale);
  const tasks: (BlocksTask & { number: bigint })[] = [];
  for (let z = first[2]; z < end[2]; z += grid.shape[2]) {
    for (let y = first[1]; y < end[1]; y += grid.shape[1]) {
      for (let x = first[0]; x < end[0]; x += grid.shape[0]) {
        const corner: Triple = [x, y, z];
        const number = grid.shard(corner);
        const box = { start: larger(corner, start), end: smaller(plus(corner, grid.shape), end) };
        const id = `blocks/s${scale}/${number.toString(16).padStart(5, "0")}`;
        tasks.push({ table: "blocks", id, scale, shard: `${number}`, ...box, number });
      }
    }
  }
  tasks.sort((a, b) => (a.number < b.number ? -1 : 1));
  return tasks.map(({ number: _, ...task }) => task);
}

/** From the first block of the first shard, and what of it the extents hold. */
function shardBox(
  layout: ShardLayout,
  scale: number,
): { shape: Triple; first: Triple; start: Triple; end: Triple } {
  const grid = new ShardGrid(layout, scale);
  const { start, end } = blockRange(layout.extents, layout.blockShape, scale);
  return { shape: grid.shape, first: grid.corner(start), start, end };
}

function minus(a: Triple, b: Triple): Triple {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function plus(a: Triple, b: Triple): Triple {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function larger(a: Triple, b: Triple): Triple {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])];
}

function smaller(a: Triple, b: Triple): Triple {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])];
}
