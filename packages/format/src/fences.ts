import type { GroupPointer } from "./leaf.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/** One leaf of the index, or one page of fences: its first label and where it lies. */
export interface Fence extends GroupPointer {
  first: bigint;
  /** Whether the leaf before ends with the same label. */
  continued: boolean;
  /** Which of the index's `labels` objects; 0 for a page. */
  file: number;
}

/** Fences in label order; each costs some 14 bytes. */
export function encodeFences(fences: readonly Fence[]): Uint8Array {
  const writer = new ByteWriter(16 + fences.length * 20);
  writer.varint(fences.length);
  let label = 0n;
  let end = 0;
  for (const fence of fences) {
    writer.varint64(fence.first - label);
    writer.varint(fence.file * 2 + (fence.continued ? 1 : 0));
    writer.zigzag(fence.offset - end);
    writer.varint(fence.size);
    writer.varint(fence.rows);
    writer.varint(fence.codecs);
    writer.uint32(fence.crc);
    label = fence.first;
    end = fence.offset + fence.size;
  }
  return writer.take();
}

/** Throws a RangeError when `bytes` are cut short. */
export function decodeFences(bytes: Uint8Array): Fence[] {
  const reader = new ByteReader(bytes);
  const fences: Fence[] = [];
  let label = 0n;
  let end = 0;
  for (let left = reader.varint(); left > 0; left--) {
    label += reader.varint64();
    const place = reader.varint();
    const offset = end + reader.zigzag();
    const size = reader.varint();
    const [rows, codecs] = [reader.varint(), reader.varint()];
    const [file, continued] = [Math.floor(place / 2), place % 2 === 1];
    fences.push({
      first: label,
      continued,
      file,
      offset,
      size,
      rows,
      codecs,
      crc: reader.uint32(),
    });
    end = offset + size;
  }
  return fences;
}

/** The run `[start, end)` of fences whose leaves may hold `label`. */
export function findFences(fences: readonly Fence[], label: bigint): [number, number] {
  let low = 0;
  let high = fences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((fences[middle] as Fence).first <= label) low = middle + 1;
    else high = middle;
  }
  const end = low;
  let start = Math.max(0, end - 1);
  while (start > 0) {
    const fence = fences[start] as Fence;
    const startsHere = fence.first < label || !fence.continued;
    if (startsHere) break;
    start--;
  }
  return end === 0 ? [0, 0] : [start, end];
}
