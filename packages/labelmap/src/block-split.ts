import { type BlockLimits, readBlockLayout, readLabelTable } from "./block-layout.ts";
import { LabelmapError } from "./errors.ts";

/** The label table of a block, and its bytes without it: {@link joinBlock} gives the same bytes back. */
export interface SplitBlock {
  labels: BigUint64Array;
  rest: Uint8Array;
}

/**
 * Takes the label table out of a block, which is checked except for its packed values.
 * @throws {LabelmapError} `corrupt` or `too-large`.
 */
export function splitBlock(bytes: Uint8Array, limits: BlockLimits = {}): SplitBlock {
  const layout = readBlockLayout(bytes, limits);
  const rest = new Uint8Array(bytes.length - 8 * layout.labelCount);
  rest.set(bytes.subarray(0, layout.labelsOffset));
  rest.set(bytes.subarray(layout.countsOffset), layout.labelsOffset);
  return { labels: readLabelTable(bytes, layout), rest };
}

/**
 * The block again, with the table it had or any other of the same length: supervoxels or bodies.
 * @throws {LabelmapError} `corrupt` when `rest` says another number of labels.
 */
export function joinBlock(labels: BigUint64Array, rest: Uint8Array): Uint8Array {
  if (rest.length < 16) {
    throw new LabelmapError("corrupt", `rest of a label block needs 16 bytes, has ${rest.length}`);
  }
  const count = new DataView(rest.buffer, rest.byteOffset).getUint32(12, true);
  if (count !== labels.length) {
    throw new LabelmapError("corrupt", `label block needs ${count} labels, got ${labels.length}`);
  }
  const bytes = new Uint8Array(rest.length + 8 * count);
  bytes.set(rest.subarray(0, 16));
  bytes.set(new Uint8Array(labels.buffer, labels.byteOffset, 8 * count), 16);
  bytes.set(rest.subarray(16), 16 + 8 * count);
  return bytes;
}
