import { LabelmapError } from "./errors.ts";
import { readFields, WireWriter } from "./wire.ts";

/** The voxels of one body in one block of scale 0. */
export interface BlockCounts {
  /** Voxels of each supervoxel. */
  counts: Map<bigint, number>;
  /** 0 where DVID is too old to tell. */
  surfaceMutationId: bigint;
}

/** What DVID knows of a body: where it is, and of which supervoxels. */
export interface LabelIndex {
  label: bigint;
  /** By block key, in no particular order: see `decodeBlockKey`. */
  blocks: Map<bigint, BlockCounts>;
  lastMutationId: bigint;
  /** RFC 3339, or empty. */
  lastModified: string;
  lastModifiedBy: string;
  lastModifiedWith: string;
}

/** @throws {LabelmapError} `corrupt`. */
export function decodeLabelIndex(bytes: Uint8Array): LabelIndex {
  const index: LabelIndex = {
    label: 0n,
    blocks: new Map(),
    lastMutationId: 0n,
    lastModified: "",
    lastModifiedBy: "",
    lastModifiedWith: "",
  };
  for (const { number, value, bytes: content } of readFields(bytes)) {
    if (number === 1) index.blocks.set(...decodeBlockEntry(content));
    else if (number === 2) index.label = value;
    else if (number === 3) index.lastMutationId = value;
    else if (number === 4) index.lastModified = text(content);
    else if (number === 5) index.lastModifiedBy = text(content);
    else if (number === 6) index.lastModifiedWith = text(content);
  }
  return index;
}

export function encodeLabelIndex(index: LabelIndex): Uint8Array {
  const writer = new WireWriter();
  for (const [key, counts] of index.blocks) writer.bytes(1, encodeBlockEntry(key, counts));
  writer.number(2, index.label);
  writer.number(3, index.lastMutationId);
  const texts = [index.lastModified, index.lastModifiedBy, index.lastModifiedWith];
  texts.forEach((value, at) => {
    if (value !== "") writer.bytes(4 + at, new TextEncoder().encode(value));
  });
  return writer.finish();
}

/** Several indices in one message: what `indices` answers. @throws {LabelmapError} `corrupt`. */
export function decodeLabelIndices(bytes: Uint8Array): LabelIndex[] {
  const indices: LabelIndex[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) indices.push(decodeLabelIndex(field.bytes));
  }
  return indices;
}

export function encodeLabelIndices(indices: Iterable<LabelIndex>): Uint8Array {
  const writer = new WireWriter();
  for (const index of indices) writer.bytes(1, encodeLabelIndex(index));
  return writer.finish();
}

/** Voxels of the whole body. */
export function countVoxels(index: LabelIndex): bigint {
  let total = 0n;
  for (const { counts } of index.blocks.values()) {
    for (const voxels of counts.values()) total += BigInt(voxels);
  }
  return total;
}

function decodeBlockEntry(bytes: Uint8Array): [key: bigint, counts: BlockCounts] {
  let key = 0n;
  let counts: BlockCounts = { counts: new Map(), surfaceMutationId: 0n };
  for (const field of readFields(bytes)) {
    if (field.number === 1) key = field.value;
    else if (field.number === 2) counts = decodeBlockCounts(field.bytes);
  }
  return [key, counts];
}

function decodeBlockCounts(bytes: Uint8Array): BlockCounts {
  const counts = new Map<bigint, number>();
  let surfaceMutationId = 0n;
  for (const field of readFields(bytes)) {
    if (field.number === 1) counts.set(...decodeCount(field.bytes));
    else if (field.number === 2) surfaceMutationId = field.value;
  }
  return { counts, surfaceMutationId };
}

function decodeCount(bytes: Uint8Array): [supervoxel: bigint, voxels: number] {
  let supervoxel = 0n;
  let voxels = 0n;
  for (const field of readFields(bytes)) {
    if (field.number === 1) supervoxel = field.value;
    else if (field.number === 2) voxels = field.value;
  }
  if (voxels < 1n << 32n) return [supervoxel, Number(voxels)];
  throw new LabelmapError("corrupt", `label index counts ${voxels} voxels in a block`);
}

function encodeBlockEntry(key: bigint, { counts, surfaceMutationId }: BlockCounts): Uint8Array {
  const inner = new WireWriter();
  for (const [supervoxel, voxels] of counts) {
    const count = new WireWriter();
    count.number(1, supervoxel);
    count.number(2, BigInt(voxels));
    inner.bytes(1, count.finish());
  }
  inner.number(2, surfaceMutationId);
  const entry = new WireWriter();
  entry.number(1, key);
  entry.bytes(2, inner.finish());
  return entry.finish();
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
