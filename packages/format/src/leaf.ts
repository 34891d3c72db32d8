import type { Column } from "./column-type.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/**
 * Columns of an index leaf: one row group of `labels-<k>.parquet`, sorted by (label, block).
 * `object` and `group` say where the rows are, so a reader needs nothing else.
 */
export const leafColumns: readonly Column[] = [
  { name: "label", type: "uint64" },
  { name: "block", type: "uint32" },
  { name: "object", type: "string" },
  { name: "group", type: "bytes" },
  { name: "first_row", type: "uint32" },
  { name: "rows", type: "uint32" },
];

/** Columns of an extents file. `block` and `group` are numbered within the commit. */
export const extentColumns: readonly Column[] = [
  { name: "label", type: "uint64" },
  { name: "block", type: "uint32" },
  { name: "group", type: "uint32" },
  { name: "first_row", type: "uint32" },
  { name: "rows", type: "uint32" },
];

/** Columns of `counts.parquet`: a row per label, sorted by label. */
export const countColumns: readonly Column[] = [
  { name: "label", type: "uint64" },
  { name: "blocks", type: "uint32" },
  { name: "points", type: "uint64" },
];

/**
 * Columns of `blocks.parquet`: row n is block number n. `live` is 0 for a block whose points another commit's replaced.
 * `number` is the block's number within its commit, `version` the one that took it in. A box without points is NaN.
 */
export function blockColumns(axes: readonly { name: string }[]): Column[] {
  return [
    { name: "id", type: "string" },
    { name: "live", type: "uint8" },
    { name: "commit", type: "string" },
    { name: "number", type: "uint32" },
    { name: "version", type: "uint32" },
    { name: "pairs", type: "uint32" },
    { name: "points", type: "uint64" },
    { name: "digest", type: "string" },
    ...axes.map(({ name }): Column => ({ name: `min_${name}`, type: "float64" })),
    ...axes.map(({ name }): Column => ({ name: `max_${name}`, type: "float64" })),
  ];
}

/** Where a row group lies in its object, and what it takes to check and decode it. */
export interface GroupPointer {
  offset: number;
  size: number;
  rows: number;
  crc: number;
  codecs: number;
}

/** Four varints (offset, size, rows, codecs) and the CRC-32 in four bytes. */
export function encodeGroupPointer({ offset, size, rows, crc, codecs }: GroupPointer): Uint8Array {
  const writer = new ByteWriter(32);
  writer.varint(offset);
  writer.varint(size);
  writer.varint(rows);
  writer.varint(codecs);
  writer.uint32(crc);
  return writer.take();
}

export function decodeGroupPointer(bytes: Uint8Array): GroupPointer {
  const reader = new ByteReader(bytes);
  const [offset, size, rows, codecs] = [
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
  ];
  return { offset, size, rows, codecs, crc: reader.uint32() };
}
