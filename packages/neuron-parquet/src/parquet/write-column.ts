import type { Column, PhysicalType } from "./footer.ts";

/** A column as it is to be written. */
export interface WriteColumn {
  readonly name: string;
  readonly type: Exclude<PhysicalType, "INT96" | "FIXED_LEN_BYTE_ARRAY">;
  /** Whether the file may hold nulls here; NaN is written as null then. */
  readonly optional?: boolean;
  readonly annotation?: Column["annotation"];
  readonly encoding: "plain" | "delta" | "dictionary";
}

export type WriteValues =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | readonly string[]
  | Runs;

/** Values that repeat: each stands for `lengths` rows. For columns with encoding `dictionary`. */
export interface Runs {
  readonly values: BigInt64Array | readonly string[];
  readonly lengths: readonly number[];
}

/** 1 marks a null; needs an optional column. */
export interface WriteData {
  readonly values: WriteValues;
  readonly nulls?: Uint8Array | undefined;
}

export function isRuns(values: WriteValues): values is Runs {
  return "lengths" in values;
}
