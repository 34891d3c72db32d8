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
  /** Not for the flat decoder. */
  readonly nested?: Nesting | undefined;
  /** `unsigned` of 32 and 64 bits alone: smaller ones read the same either way. */
  readonly annotation?: "text" | "unsigned" | "uuid" | undefined;
  /** A meaning beyond the physical type that is not decoded: a TIMESTAMP, a DECIMAL. */
  readonly logical?: string | undefined;
}

/** The column of the table that a nested leaf belongs to. */
export interface Nesting {
  readonly column: string;
  readonly type: "LIST" | "MAP" | "STRUCT";
}

/** What to call the type of a column in an error. */
export function typeName({ type, nested, logical, annotation }: Column): string {
  if (nested) return `a ${nested.type}`;
  if (logical !== undefined) return `${logical} (${type})`;
  return annotation === "text" ? "a text" : type;
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
