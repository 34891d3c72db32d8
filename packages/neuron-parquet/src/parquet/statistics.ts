import type { Runs, WriteColumn, WriteData } from "./write-column.ts";

/** Least and greatest value as Parquet stores them; absent when all are null or a text is too long to be worth it. */
export interface Bounds {
  readonly min?: Uint8Array | undefined;
  readonly max?: Uint8Array | undefined;
}

const encoder = new TextEncoder();
const MAX_STATISTIC_BYTES = 64;

/** The order of texts in Parquet. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number);
  }
  return a.length - b.length;
}

export function bounds(min: Uint8Array | undefined, max: Uint8Array | undefined): Bounds {
  if (!min || !max || min.length > MAX_STATISTIC_BYTES || max.length > MAX_STATISTIC_BYTES)
    return {};
  return { min, max };
}

/** Compares two bounds of one column. */
export function compareBounds(
  { type, annotation }: WriteColumn,
  a: Uint8Array,
  b: Uint8Array,
): number {
  if (type === "BYTE_ARRAY") return compareBytes(a, b);
  const [left, right] = [numberOf(type, annotation, a), numberOf(type, annotation, b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(
  type: WriteColumn["type"],
  annotation: WriteColumn["annotation"],
  bytes: Uint8Array,
): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "INT64")
    return annotation === "unsigned" ? view.getBigUint64(0, true) : view.getBigInt64(0, true);
  if (type === "DOUBLE") return view.getFloat64(0, true);
  return type === "FLOAT" ? view.getFloat32(0, true) : view.getInt32(0, true);
}

/** Bounds of rows `[from, to)`, which hold no null. */
export function minMax(
  column: WriteColumn,
  values: Exclude<WriteData["values"], Runs>,
  from: number,
  to: number,
): Bounds {
  if (from >= to || column.type === "BOOLEAN" || column.annotation === "unsigned") return {};
  if (Array.isArray(values)) {
    const cut = values
      .slice(from, to)
      .map((text: string) => encoder.encode(text))
      .sort(compareBytes);
    return bounds(cut[0], cut.at(-1));
  }
  if (values instanceof BigInt64Array) {
    let [min, max] = [values[from] as bigint, values[from] as bigint];
    for (let row = from; row < to; row++) {
      const value = values[row] as bigint;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min: bigBytes(min), max: bigBytes(max) };
  }
  let min = Infinity;
  let max = -Infinity;
  const numbers = values as Float32Array;
  for (let row = from; row < to; row++) {
    const value = numbers[row] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) return {};
  // Both zeros are equal, so the format wants the bounds to allow for either.
  return {
    min: numberBytes(column, min === 0 ? -0 : min),
    max: numberBytes(column, max === 0 ? 0 : max),
  };
}

function numberBytes({ type }: WriteColumn, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(type === "DOUBLE" ? 8 : 4));
  if (type === "DOUBLE") view.setFloat64(0, value, true);
  else if (type === "FLOAT") view.setFloat32(0, value, true);
  else view.setInt32(0, value, true);
  return new Uint8Array(view.buffer);
}

export function bigBytes(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt.asIntN(64, value), true);
  return new Uint8Array(view.buffer);
}

export function uint32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}
