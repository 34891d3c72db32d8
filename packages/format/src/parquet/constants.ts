import type { ColumnType } from "../column-type.ts";

/** Numbers of the Parquet specification that a table of ours uses. */

export const encodings = { plain: 0, rle: 3, delta: 5, dictionary: 8, byteStreamSplit: 9 } as const;
export const codecs = { none: 0, zstd: 6 } as const;
export const pageTypes = { data: 0, dictionary: 2 } as const;

/** How a column is laid down: its one encoding follows from its type. */
export interface PhysicalType {
  type: number;
  /** Parquet's ConvertedType. */
  converted?: number;
  encoding: number;
  /** Bytes of a value; 0 for text. */
  width: number;
}

const int32 = { type: 1, encoding: encodings.delta, width: 4 };
const int64 = { type: 2, encoding: encodings.dictionary, width: 8 };
const binary = { type: 6, encoding: encodings.dictionary, width: 0 };

export const physicalTypes: Record<ColumnType, PhysicalType> = {
  int8: { ...int32, converted: 15 },
  int16: { ...int32, converted: 16 },
  int32,
  int64,
  uint8: { ...int32, converted: 11 },
  uint16: { ...int32, converted: 12 },
  uint32: { ...int32, converted: 13 },
  uint64: { ...int64, converted: 14 },
  float32: { type: 4, encoding: encodings.byteStreamSplit, width: 4 },
  float64: { type: 5, encoding: encodings.byteStreamSplit, width: 8 },
  string: { ...binary, converted: 0 },
  bytes: binary,
};

/** Bits that tell `count` values apart. */
export function bitWidth(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}
