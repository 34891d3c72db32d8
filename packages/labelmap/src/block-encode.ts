import { bitsFor, type Triple } from "./block-layout.ts";
import { LabelTable } from "./label-table.ts";

export interface EncodeBlockOptions {
  /** Multiples of 8 voxels, at most 1,024 along each axis. */
  shape: Triple;
  /**
   * The order of the label table, which no reader may rely on. `sorted`, the default, is what libdvid writes:
   * each sub-block's unseen labels ascending. `first-encounter` is DVID's own, without its randomness.
   */
  order?: "sorted" | "first-encounter";
}

/** A DVID label block of `voxels`, x fastest. One label gives the 24 bytes of a solid block. */
export function encodeBlock(voxels: BigUint64Array, options: EncodeBlockOptions): Uint8Array {
  const { shape, order = "sorted" } = options;
  const grid = gridOf(shape, voxels.length);
  const encoder = new BlockEncoder(voxels, grid);
  for (let z = 0; z < grid[2]; z++) {
    for (let y = 0; y < grid[1]; y++) {
      for (let x = 0; x < grid[0]; x++) encoder.addSubBlock(x, y, z, order === "sorted");
    }
  }
  return encoder.finish();
}

function gridOf(shape: Triple, voxelCount: number): Triple {
  if (shape.some((size) => !Number.isInteger(size / 8) || size < 8 || size > 1024)) {
    throw new RangeError(
      `Expected \`shape\` to be multiples of 8 from 8 to 1024, got ${shape.join(" × ")}`,
    );
  }
  const expected = shape[0] * shape[1] * shape[2];
  if (voxelCount !== expected) {
    throw new RangeError(`Expected \`voxels\` to have ${expected} elements, got ${voxelCount}`);
  }
  return [shape[0] / 8, shape[1] / 8, shape[2] / 8];
}

class BlockEncoder {
  readonly #words: Uint32Array;
  readonly #grid: Triple;
  readonly #table = new LabelTable(64);
  readonly #local = new LabelTable(512);
  /** Of the 512 voxels of a sub-block, the number of each one's label. */
  readonly #values = new Uint16Array(512);
  readonly #ranks = new Uint16Array(512);
  readonly #counts: Uint16Array;
  #subBlock = 0;
  #indices: Uint32Array;
  #indexCount = 0;
  #packed: Uint8Array;
  #packedSize = 0;

  constructor(voxels: BigUint64Array, grid: Triple) {
    this.#words = new Uint32Array(voxels.buffer, voxels.byteOffset, 2 * voxels.length);
    this.#grid = grid;
    const subBlocks = grid[0] * grid[1] * grid[2];
    this.#counts = new Uint16Array(subBlocks);
    this.#indices = new Uint32Array(512 + 8 * subBlocks);
    this.#packed = new Uint8Array(576 + 128 * subBlocks);
  }

  addSubBlock(x: number, y: number, z: number, sorted: boolean): void {
    const count = this.#number(x, y, z);
    const order = sorted && count > 1 ? this.#sort() : undefined;
    this.#counts[this.#subBlock++] = count;
    if (this.#indexCount + 512 > this.#indices.length) this.#indices = grown(this.#indices);
    for (let rank = 0; rank < count; rank++) {
      const at = 2 * (order ? (order[rank] as number) : rank);
      const words = this.#local.words;
      this.#indices[this.#indexCount++] = this.#table.number(
        words[at] as number,
        words[at + 1] as number,
      );
    }
    if (count > 1) this.#pack(bitsFor(count));
  }

  finish(): Uint8Array {
    const labelCount = this.#table.size;
    const labels = new Uint8Array(this.#table.words.buffer, 0, 8 * labelCount);
    const solid = labelCount === 1;
    const indicesOffset = 16 + labels.length + 2 * this.#counts.length;
    const valuesOffset = indicesOffset + 4 * this.#indexCount;
    const bytes = new Uint8Array(solid ? 24 : valuesOffset + this.#packedSize);
    const header = new DataView(bytes.buffer);
    this.#grid.forEach((count, axis) => {
      header.setUint32(4 * axis, count, true);
    });
    header.setUint32(12, labelCount, true);
    bytes.set(labels, 16);
    if (solid) return bytes;
    bytes.set(new Uint8Array(this.#counts.buffer), 16 + labels.length);
    bytes.set(new Uint8Array(this.#indices.buffer, 0, 4 * this.#indexCount), indicesOffset);
    bytes.set(this.#packed.subarray(0, this.#packedSize), valuesOffset);
    return bytes;
  }

  /** Fills `#local` and `#values`; neighbours mostly share a label, which spares the look-up. */
  #number(x: number, y: number, z: number): number {
    const words = this.#words;
    const values = this.#values;
    const local = this.#local;
    const rowWords = 16 * this.#grid[0];
    const sliceWords = 8 * rowWords * this.#grid[1];
    const start = 8 * (z * sliceWords + y * rowWords + 2 * x);
    local.clear();
    let low = words[start] as number;
    let high = words[start + 1] as number;
    let value = local.number(low, high);
    for (let row = 0; row < 64; row++) {
      const from = start + (row >> 3) * sliceWords + (row & 7) * rowWords;
      for (let column = 0; column < 8; column++) {
        const nextLow = words[from + 2 * column] as number;
        const nextHigh = words[from + 2 * column + 1] as number;
        if (nextLow !== low || nextHigh !== high) {
          low = nextLow;
          high = nextHigh;
          value = local.number(low, high);
        }
        values[8 * row + column] = value;
      }
    }
    return local.size;
  }

  /** Local numbers by ascending label; `#values` become ranks. */
  #sort(): Uint16Array {
    const { words, size } = this.#local;
    const order = Uint16Array.from({ length: size }, (_, number) => number);
    order.sort((a, b) => {
      const high = (words[2 * a + 1] as number) - (words[2 * b + 1] as number);
      return high === 0 ? (words[2 * a] as number) - (words[2 * b] as number) : high;
    });
    const ranks = this.#ranks;
    let moved = false;
    order.forEach((number, rank) => {
      ranks[number] = rank;
      moved ||= number !== rank;
    });
    if (!moved) return order;
    const values = this.#values;
    for (let voxel = 0; voxel < 512; voxel++)
      values[voxel] = ranks[values[voxel] as number] as number;
    return order;
  }

  /** Highest bits first; eight values of `bits` bits are `bits` bytes. */
  #pack(bits: number): void {
    if (this.#packedSize + 64 * bits > this.#packed.length) this.#packed = grown(this.#packed);
    const packed = this.#packed;
    const values = this.#values;
    let at = this.#packedSize;
    let pending = 0;
    let pendingBits = 0;
    for (let voxel = 0; voxel < 512; voxel++) {
      pending = (pending << bits) | (values[voxel] as number);
      pendingBits += bits;
      while (pendingBits >= 8) {
        pendingBits -= 8;
        packed[at++] = pending >>> pendingBits;
      }
    }
    this.#packedSize = at;
  }
}

function grown<T extends Uint32Array | Uint8Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(2 * array.length);
  larger.set(array);
  return larger;
}
