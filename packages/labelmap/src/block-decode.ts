import {
  type BlockLayout,
  type BlockLimits,
  bitsFor,
  readBlockLayout,
  readLabelTable,
  type Triple,
} from "./block-layout.ts";
import { LabelmapError } from "./errors.ts";

export interface DecodeBlockOptions extends BlockLimits {
  /** Written to and returned as `voxels`, to spare an allocation per block. */
  into?: BigUint64Array;
}

export interface DecodedBlock {
  shape: Triple;
  /** x fastest. */
  voxels: BigUint64Array;
  /** Bytes after the end of the block, ignored. */
  trailing: number;
}

/**
 * Every voxel of a DVID label block.
 * @throws {LabelmapError} `corrupt`, or `too-large` past `maxVoxels`.
 */
export function decodeBlock(bytes: Uint8Array, options: DecodeBlockOptions = {}): DecodedBlock {
  const layout = readBlockLayout(bytes, options);
  const { shape, trailing } = layout;
  const voxels = target(options.into, shape);
  const table = readLabelTable(bytes, layout);
  if (layout.solid) voxels.fill(table[0] as bigint);
  else decodeSubBlocks(bytes, layout, table, voxels);
  return { shape, voxels, trailing };
}

function target(into: BigUint64Array | undefined, shape: Triple): BigUint64Array {
  const count = shape[0] * shape[1] * shape[2];
  if (!into) return new BigUint64Array(count);
  if (into.length === count) return into;
  throw new RangeError(`Expected \`into\` to have ${count} elements, got ${into.length}`);
}

/** Labels move as pairs of 32-bit words: bigints would be allocated one by one. */
function decodeSubBlocks(
  bytes: Uint8Array,
  layout: BlockLayout,
  table: BigUint64Array,
  voxels: BigUint64Array,
): void {
  const { grid, shape } = layout;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(table.buffer);
  const out = new Uint32Array(voxels.buffer, voxels.byteOffset, 2 * voxels.length);
  const local = new Uint32Array(2 * 512);
  const rowWords = 2 * shape[0];
  const sliceWords = rowWords * shape[1];
  let index = layout.indicesOffset;
  let value = layout.valuesOffset;
  for (let subBlock = 0; subBlock < layout.subBlockCount; subBlock++) {
    const count = view.getUint16(layout.countsOffset + 2 * subBlock, true);
    const sx = subBlock % grid[0];
    const sy = Math.floor(subBlock / grid[0]) % grid[1];
    const sz = Math.floor(subBlock / (grid[0] * grid[1]));
    const start = 8 * (sz * sliceWords + sy * rowWords + 2 * sx);
    for (let entry = 0; entry < count; entry++) {
      const label = view.getUint32(index, true);
      local[2 * entry] = words[2 * label] as number;
      local[2 * entry + 1] = words[2 * label + 1] as number;
      index += 4;
    }
    if (count === 0) local[0] = local[1] = 0;
    if (count <= 1) {
      fillSubBlock(local, out, start, rowWords, sliceWords);
      continue;
    }
    const bits = bitsFor(count);
    const unpack = bits <= 4 ? unpackNarrow : unpackWide;
    const top = unpack(bytes, value, bits, local, out, start, rowWords, sliceWords);
    if (top >= count) {
      const reason = `label block has value ${top} in sub-block ${subBlock} of ${count} labels`;
      throw new LabelmapError("corrupt", reason);
    }
    value += 64 * bits;
  }
}

function fillSubBlock(
  local: Uint32Array,
  out: Uint32Array,
  start: number,
  rowWords: number,
  sliceWords: number,
): void {
  const low = local[0] as number;
  const high = local[1] as number;
  for (let z = 0; z < 8; z++) {
    let at = start + z * sliceWords;
    for (let y = 0; y < 8; y++) {
      for (let word = 0; word < 16; word += 2) {
        out[at + word] = low;
        out[at + word + 1] = high;
      }
      at += rowWords;
    }
  }
}

/** Eight values of up to 4 bits are a row of up to 4 whole bytes. Returns the largest value met. */
function unpackNarrow(
  bytes: Uint8Array,
  offset: number,
  bits: number,
  local: Uint32Array,
  out: Uint32Array,
  start: number,
  rowWords: number,
  sliceWords: number,
): number {
  const mask = (1 << bits) - 1;
  let top = 0;
  let at = offset;
  for (let row = 0; row < 64; row++) {
    let word = 0;
    for (let byte = 0; byte < bits; byte++) word = (word << 8) | (bytes[at++] as number);
    let to = start + (row >> 3) * sliceWords + (row & 7) * rowWords;
    for (let shift = 7 * bits; shift >= 0; shift -= bits) {
      const value = (word >>> shift) & mask;
      if (value > top) top = value;
      out[to] = local[2 * value] as number;
      out[to + 1] = local[2 * value + 1] as number;
      to += 2;
    }
  }
  return top;
}

/** A value of up to 9 bits lies within two bytes. Returns the largest value met. */
function unpackWide(
  bytes: Uint8Array,
  offset: number,
  bits: number,
  local: Uint32Array,
  out: Uint32Array,
  start: number,
  rowWords: number,
  sliceWords: number,
): number {
  const mask = (1 << bits) - 1;
  let top = 0;
  let bit = 0;
  for (let row = 0; row < 64; row++) {
    let to = start + (row >> 3) * sliceWords + (row & 7) * rowWords;
    for (const end = to + 16; to < end; to += 2) {
      const byte = offset + (bit >>> 3);
      // Past the end this reads undefined, of which none of the value's bits are.
      const pair = ((bytes[byte] as number) << 8) | (bytes[byte + 1] ?? 0);
      const value = (pair >>> (16 - (bit & 7) - bits)) & mask;
      if (value > top) top = value;
      out[to] = local[2 * value] as number;
      out[to + 1] = local[2 * value + 1] as number;
      bit += bits;
    }
  }
  return top;
}
