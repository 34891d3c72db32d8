import { type DecodeBlockOptions, decodeBlock } from "./block-decode.ts";
import { bitsFor, readBlockLayout, readLabelTable, type Triple } from "./block-layout.ts";
import { LabelmapError } from "./errors.ts";

/**
 * Voxels of each label. The label table alone does not say which labels a block holds: entries may repeat or
 * be unused.
 * @throws {LabelmapError} `corrupt` or `too-large`.
 */
export function countLabels(bytes: Uint8Array, options?: DecodeBlockOptions): Map<bigint, number> {
  const { voxels } = decodeBlock(bytes, options);
  const counts = new Map<bigint, number>();
  let start = 0;
  for (let end = 1; end <= voxels.length; end++) {
    if (voxels[end] === voxels[start]) continue;
    const label = voxels[start] as bigint;
    counts.set(label, (counts.get(label) ?? 0) + end - start);
    start = end;
  }
  return counts;
}

/**
 * The label at a voxel of the block, without decoding the others.
 * @throws {LabelmapError} `corrupt`.
 */
export function labelAt(bytes: Uint8Array, [x, y, z]: Triple): bigint {
  const layout = readBlockLayout(bytes, { maxVoxels: 2 ** 30 });
  const { grid, shape } = layout;
  if (![x, y, z].every((at, axis) => Number.isInteger(at) && at >= 0 && at < (shape[axis] ?? 0))) {
    throw new RangeError(`Expected a voxel within ${shape.join(" × ")}, got ${x}, ${y}, ${z}`);
  }
  const table = readLabelTable(bytes, layout);
  if (layout.solid) return table[0] as bigint;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const counted = ((z >> 3) * grid[1] + (y >> 3)) * grid[0] + (x >> 3);
  let { indicesOffset, valuesOffset } = layout;
  for (let subBlock = 0; subBlock < counted; subBlock++) {
    const count = view.getUint16(layout.countsOffset + 2 * subBlock, true);
    indicesOffset += 4 * count;
    valuesOffset += 64 * bitsFor(count);
  }
  const count = view.getUint16(layout.countsOffset + 2 * counted, true);
  if (count === 0) return 0n;
  const bits = bitsFor(count);
  const bit = (((z & 7) * 8 + (y & 7)) * 8 + (x & 7)) * bits;
  const byte = valuesOffset + (bit >>> 3);
  const pair = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
  const value = (pair >>> (16 - (bit & 7) - bits)) & ((1 << bits) - 1);
  if (value >= count) {
    throw new LabelmapError("corrupt", `label block has value ${value} of ${count} labels`);
  }
  return table[view.getUint32(indicesOffset + 4 * value, true)] as bigint;
}
