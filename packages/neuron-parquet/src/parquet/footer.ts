/** The part of a Parquet footer that reading neurons needs. */
export interface Footer {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly groups: RowGroups;
  readonly keyValues: KeyValues;
  readonly createdBy: string;
}

export type PhysicalType =
  | "BOOLEAN"
  | "INT32"
  | "INT64"
  | "INT96"
  | "FLOAT"
  | "DOUBLE"
  | "BYTE_ARRAY"
  | "FIXED_LEN_BYTE_ARRAY";

/** One leaf of the schema. */
export interface Column {
  readonly name: string;
  /** Its place among the chunks of a row group. */
  readonly index: number;
  readonly type: PhysicalType;
  /** Bytes of one value of FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number;
  readonly optional: boolean;
  /** A list, or a field inside a group: not for the flat decoder. */
  readonly nested: boolean;
  readonly annotation?: "text" | "unsigned" | "uuid" | undefined;
}

/** Row groups by their place in the footer: 1,400 of them, as of 10^5 neurons, would make 40,000 objects. */
export interface RowGroups {
  readonly length: number;
  /** Counted in the file; of `length` it is the number of all rows. */
  firstRow(group: number): number;
  /** Decoded anew by each call. */
  get(group: number): RowGroup;
}

export interface RowGroup {
  readonly rows: number;
  readonly firstRow: number;
  readonly chunks: readonly Chunk[];
}

/** One column of one row group; offsets and sizes are bytes of the file. */
export interface Chunk {
  readonly codec: number;
  readonly values: number;
  readonly offset: number;
  readonly size: number;
  readonly rawSize: number;
  /** Minimum and maximum as the file stores them: little-endian numbers, UTF-8 texts. */
  readonly min?: Uint8Array | undefined;
  readonly max?: Uint8Array | undefined;
  readonly offsetIndex?: FileRange | undefined;
}

export interface FileRange {
  readonly offset: number;
  readonly size: number;
}

/** Key/value metadata as byte ranges of the footer: 140,000 neurons make no objects until asked for. */
export interface KeyValues {
  readonly bytes: Uint8Array;
  /** Four numbers a pair: key start, key end, value start, value end. */
  readonly ranges: Uint32Array;
}
