import type { Block, Triple } from "./volume.ts";

/** The blocks of a volume. Ids and orders depend on the volume's extent and the block shape alone. */
export class BlockGrid implements Iterable<Block> {
  readonly blockShape: Triple;
  /** Blocks along each axis. */
  readonly counts: Triple;
  readonly length: number;
  readonly #origin: Triple;
  readonly #shape: Triple;

  constructor(origin: Triple, shape: Triple, blockShape: Triple) {
    for (const size of blockShape) {
      if (!Number.isInteger(size) || size < 1) {
        throw new RangeError(`Expected \`blockShape\` to be integers from 1, got ${blockShape}`);
      }
    }
    this.#origin = origin;
    this.#shape = shape;
    this.blockShape = blockShape;
    this.counts = [
      Math.ceil(shape[0] / blockShape[0]),
      Math.ceil(shape[1] / blockShape[1]),
      Math.ceil(shape[2] / blockShape[2]),
    ];
    this.length = this.counts[0] * this.counts[1] * this.counts[2];
  }

  /** The block at a place in the grid. */
  at(x: number, y: number, z: number): Block {
    const cut = (axis: 0 | 1 | 2, i: number): [start: number, size: number] => {
      const from = i * this.blockShape[axis];
      return [this.#origin[axis] + from, Math.min(this.blockShape[axis], this.#shape[axis] - from)];
    };
    const [[x0, nx], [y0, ny], [z0, nz]] = [cut(0, x), cut(1, y), cut(2, z)];
    return { id: `${x}_${y}_${z}`, start: [x0, y0, z0], shape: [nx, ny, nz] };
  }

  /** All blocks along a Z-order curve: neighbours in space are near in time, and share their chunks. */
  [Symbol.iterator](): Iterator<Block> {
    return this.range(0, this.length);
  }

  /** Share `index` of `count` near-equal ones, each a stretch of the curve and so compact in space. */
  share(index: number, count: number): Iterable<Block> {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`Expected \`count\` to be an integer from 1, got ${count}`);
    }
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(`Expected \`index\` to be an integer in [0, ${count}), got ${index}`);
    }
    const edge = (i: number): number => Math.round((i / count) * this.length);
    return { [Symbol.iterator]: () => this.range(edge(index), edge(index + 1)) };
  }

  /** Blocks `[first, end)` of the curve. What lies outside is skipped by whole octants, not walked. */
  *range(first: number, end: number): Generator<Block, undefined> {
    const [nx, ny, nz] = this.counts;
    const cells = (from: number, size: number, n: number): number =>
      Math.max(0, Math.min(size, n - from));
    let size = 1;
    while (size < Math.max(nx, ny, nz)) size *= 2;
    const stack: [x: number, y: number, z: number, size: number][] = [[0, 0, 0, size]];
    for (let rank = 0; rank < end; ) {
      const next = stack.pop();
      if (!next) return;
      const [x, y, z, edge] = next;
      const inside = cells(x, edge, nx) * cells(y, edge, ny) * cells(z, edge, nz);
      if (inside === 0 || rank + inside <= first) {
        rank += inside;
      } else if (edge === 1) {
        rank++;
        yield this.at(x, y, z);
      } else {
        const half = edge / 2;
        for (let octant = 7; octant >= 0; octant--) {
          const [dx, dy, dz] = [octant & 1, (octant >> 1) & 1, octant >> 2];
          stack.push([x + dx * half, y + dy * half, z + dz * half, half]);
        }
      }
    }
  }
}

const smallBlock = 64;
const largeBlock = 128 ** 3;

/** Whole chunks of 64³ to 128³ voxels; a part of a chunk where one alone is larger. */
export function defaultBlockShape(shape: Triple, chunkShape: Triple): Triple {
  const block: [number, number, number] = [...chunkShape];
  const voxels = (): number => block[0] * block[1] * block[2];
  const longest = (): 0 | 1 | 2 => argmax(block);
  while (voxels() > largeBlock) {
    const axis = longest();
    block[axis] = Math.ceil(block[axis] / 2);
  }
  for (const axis of [0, 1, 2] as const) {
    const chunk = block[axis];
    const room = Math.floor(largeBlock / (voxels() / chunk) / chunk);
    const wanted = Math.ceil(Math.min(smallBlock, shape[axis]) / chunk);
    block[axis] = chunk * Math.max(1, Math.min(room, wanted));
  }
  return block;
}

function argmax([x, y, z]: Triple): 0 | 1 | 2 {
  if (z >= x && z >= y) return 2;
  return y >= x ? 1 : 0;
}
