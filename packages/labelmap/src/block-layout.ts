import { LabelmapError } from "./errors.ts";

/** In x, y, z order. */
export type Triple = readonly [x: number, y: number, z: number];

/** Of a sub-block, the cube of 8 voxels an edge in which a block packs its values. */
const voxelsPerSubBlock = 512;
const maxGrid = 128;
const maxLabels = 2 ** 30;

export interface BlockLimits {
  /** The shape a block has to have, in voxels. */
  shape?: Triple;
  /** 256³ by default, for a block of 24 bytes may claim 2^30 voxels. */
  maxVoxels?: number;
}

/** Where the sections of a label block are; offsets and sizes in bytes. */
export interface BlockLayout {
  /** Sub-blocks along each axis. */
  grid: Triple;
  /** Voxels along each axis. */
  shape: Triple;
  subBlockCount: number;
  labelCount: number;
  /** A solid block ends after its only label. */
  solid: boolean;
  labelsOffset: number;
  countsOffset: number;
  indicesOffset: number;
  valuesOffset: number;
  end: number;
  /** Bytes after the end, which no writer should leave but readers have to bear. */
  trailing: number;
}

/** Bytes that no honest block of this shape exceeds: 13.13 a voxel where all labels differ. */
export function largestBlock([x, y, z]: Triple): number {
  return 14 * x * y * z + 4096;
}

/** Bits of each value in a sub-block of `count` labels. */
export function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/**
 * Finds the sections of a block and checks every count and every index of the label table, but no packed value.
 * @throws {LabelmapError} `corrupt`, or `too-large` past `maxVoxels`.
 */
export function readBlockLayout(bytes: Uint8Array, limits: BlockLimits = {}): BlockLayout {
  if (bytes.length < 24) throw corrupt(`needs at least 24 bytes, has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const grid: Triple = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  const shape = blockShape(grid, limits);
  const subBlockCount = grid[0] * grid[1] * grid[2];
  const labelCount = view.getUint32(12, true);
  if (labelCount === 0 || labelCount > maxLabels) throw corrupt(`has ${labelCount} labels`);
  const countsOffset = 16 + 8 * labelCount;
  const layout = { grid, shape, subBlockCount, labelCount, labelsOffset: 16, countsOffset };
  if (labelCount === 1) {
    const [indicesOffset, valuesOffset, end] = [countsOffset, countsOffset, countsOffset];
    const trailing = bytes.length - end;
    return { ...layout, solid: true, indicesOffset, valuesOffset, end, trailing };
  }
  const indicesOffset = countsOffset + 2 * subBlockCount;
  requireLength(bytes, indicesOffset);
  let indexCount = 0;
  let valueBytes = 0;
  for (let offset = countsOffset; offset < indicesOffset; offset += 2) {
    const count = view.getUint16(offset, true);
    if (count > voxelsPerSubBlock) throw corrupt(`has a sub-block of ${count} labels`);
    indexCount += count;
    valueBytes += 64 * bitsFor(count);
  }
  const valuesOffset = indicesOffset + 4 * indexCount;
  const end = valuesOffset + valueBytes;
  requireLength(bytes, end);
  for (let offset = indicesOffset; offset < valuesOffset; offset += 4) {
    const index = view.getUint32(offset, true);
    if (index >= labelCount) throw corrupt(`refers to label ${index} of ${labelCount}`);
  }
  const trailing = bytes.length - end;
  return { ...layout, solid: false, indicesOffset, valuesOffset, end, trailing };
}

/** A copy, since labels are aligned only relative to the block's start. */
export function readLabelTable(bytes: Uint8Array, layout: BlockLayout): BigUint64Array {
  const labels = new BigUint64Array(layout.labelCount);
  new Uint8Array(labels.buffer).set(bytes.subarray(layout.labelsOffset, layout.countsOffset));
  return labels;
}

function blockShape(grid: Triple, { shape: expected, maxVoxels = 2 ** 24 }: BlockLimits): Triple {
  if (grid.some((count) => count === 0 || count > maxGrid)) {
    throw corrupt(`has ${grid.join(" × ")} sub-blocks, beyond 1 to ${maxGrid} along each axis`);
  }
  const shape: Triple = [8 * grid[0], 8 * grid[1], 8 * grid[2]];
  if (expected && shape.some((size, axis) => size !== expected[axis])) {
    throw corrupt(`has ${shape.join(" × ")} voxels, expected ${expected.join(" × ")}`);
  }
  const voxels = shape[0] * shape[1] * shape[2];
  if (voxels <= maxVoxels) return shape;
  throw new LabelmapError("too-large", `label block has ${voxels} voxels, above ${maxVoxels}`);
}

function requireLength(bytes: Uint8Array, size: number): void {
  if (bytes.length < size) throw corrupt(`needs ${size} bytes, has ${bytes.length}`);
}

function corrupt(reason: string): LabelmapError {
  return new LabelmapError("corrupt", `label block ${reason}`);
}
