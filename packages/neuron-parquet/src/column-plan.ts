import { nullsOf, valuesOf } from "./attribute.ts";
import { NeuronError } from "./errors.ts";
import type { Attribute, AttributeValues } from "./model.ts";
import type { WriteColumn, WriteData } from "./parquet/write-column.ts";

export type ColumnKind = "int32" | "int64" | "uint64" | "float32" | "float64" | "bool" | "text";

const BY_KIND = {
  int32: { type: "INT32", encoding: "delta" },
  int64: { type: "INT64", encoding: "delta" },
  uint64: { type: "INT64", encoding: "delta", annotation: "unsigned" },
  float32: { type: "FLOAT", encoding: "plain" },
  float64: { type: "DOUBLE", encoding: "plain" },
  bool: { type: "BOOLEAN", encoding: "plain" },
  text: { type: "BYTE_ARRAY", encoding: "plain", annotation: "text" },
} as const satisfies Record<ColumnKind, Omit<WriteColumn, "name">>;

export function kindOf(attribute: Attribute): ColumnKind {
  const values = valuesOf(attribute);
  if (values instanceof Int32Array) return "int32";
  if (values instanceof BigInt64Array) return "int64";
  if (values instanceof BigUint64Array) return "uint64";
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Float64Array) return "float64";
  if (values instanceof Uint8Array) return "bool";
  if (Array.isArray(values)) return "text";
  const name = Object.prototype.toString.call(values).slice(8, -1);
  throw new TypeError(`Expected a column to be a typed array or a list of strings, got ${name}`);
}

/** The kind that holds values of both without loss, or undefined when there is none. */
export function wider(a: ColumnKind, b: ColumnKind): ColumnKind | undefined {
  if (a === b) return a;
  const both = new Set([a, b]);
  if (both.has("text") || both.has("bool")) return undefined;
  if (both.has("uint64")) return both.has("int32") || both.has("int64") ? "int64" : undefined;
  if (both.has("int64")) return both.has("int32") ? "int64" : undefined;
  return "float64";
}

/** One column of the file, with the kind that was settled on. */
export interface PlannedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly optional: boolean;
  /** What stands where a neuron lacks the column; default null. */
  readonly absent?: "null" | "zero";
  /** Whether -1 is written as null. */
  readonly nullRoots?: boolean;
  /** Whether float64 may be rounded to float32, because the caller asked for float32. */
  readonly rounds?: boolean;
}

export function writeColumn({ name, kind, optional }: PlannedColumn): WriteColumn {
  return { name, optional, ...BY_KIND[kind] };
}

/** What one neuron has for a column; absent values become null. */
export interface Part {
  readonly values: Attribute | undefined;
  readonly rows: number;
}

/** @throws {NeuronError} `mixed-types` when a part does not fit the column. */
export function fillColumn(
  column: PlannedColumn,
  parts: readonly Part[],
  rows: number,
  held: HeldArrays,
): WriteData {
  const { kind, name } = column;
  let nulls: Uint8Array | undefined;
  if (kind === "text") {
    const texts: string[] = [];
    for (const { values: part, rows: count } of parts) {
      const values = part && valuesOf(part);
      if (values && !Array.isArray(values)) throw mixed(name, kind, values);
      nulls = addNulls(column, nulls, part, texts.length, count, rows);
      for (let row = 0; row < count; row++) texts.push(values ? (values[row] as string) : "");
    }
    return { values: texts, nulls };
  }
  const out = room(held, column, kind, rows);
  let at = 0;
  for (const { values, rows: count } of parts) {
    if (values) put(column, out, at, valuesOf(values));
    else if (column.absent === "zero") out.fill(0 as never, at, at + count);
    nulls = addNulls(column, nulls, values, at, count, rows);
    at += count;
  }
  return { values: out, nulls: column.nullRoots ? rootNulls(out, nulls) : nulls };
}

/** Marks what the part of a column that begins at row `at` lacks. */
function addNulls(
  column: PlannedColumn,
  nulls: Uint8Array | undefined,
  part: Attribute | undefined,
  at: number,
  count: number,
  rows: number,
): Uint8Array | undefined {
  const own = part && nullsOf(part);
  if (part ? !own?.includes(1) : column.absent === "zero") return nulls;
  if (!column.optional)
    throw new NeuronError("mixed-types", `column "${column.name}" may not hold null`);
  const out = nulls ?? new Uint8Array(rows);
  if (own) out.set(own, at);
  else out.fill(1, at, at + count);
  return out;
}

function rootNulls(values: Numbers, nulls: Uint8Array | undefined): Uint8Array | undefined {
  let out = nulls;
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== -1 && values[row] !== -1n) continue;
    out ??= new Uint8Array(values.length);
    out[row] = 1;
  }
  return out;
}

type Numbers = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array;

/** Arrays of the last row group by column name, filled again for the next: fresh ones would wait for collection by the hundred. */
export type HeldArrays = Map<string, Numbers>;

function room(
  held: HeldArrays,
  { name }: PlannedColumn,
  kind: Exclude<ColumnKind, "text">,
  rows: number,
): Numbers {
  const last = held.get(name);
  if (last && last.length >= rows) return last.subarray(0, rows);
  const made = empty(kind, Math.ceil(rows * 1.25));
  held.set(name, made);
  return made.subarray(0, rows);
}

function empty(kind: Exclude<ColumnKind, "text">, rows: number): Numbers {
  switch (kind) {
    case "int32":
      return new Int32Array(rows);
    case "int64":
    case "uint64":
      return new BigInt64Array(rows);
    case "float32":
      return new Float32Array(rows);
    case "float64":
      return new Float64Array(rows);
    case "bool":
      return new Uint8Array(rows);
  }
}

function put(column: PlannedColumn, out: Numbers, at: number, values: AttributeValues): void {
  if (out instanceof BigInt64Array) {
    putWide(column, out, at, values);
    return;
  }
  if (values.constructor === out.constructor) {
    (out as Float32Array).set(values as Float32Array, at);
    return;
  }
  const isNumeric =
    values instanceof Int32Array ||
    values instanceof Float32Array ||
    values instanceof Float64Array;
  if (out instanceof Float64Array && isNumeric) {
    out.set(values, at);
    return;
  }
  if (out instanceof Float32Array && isNumeric) {
    out.set(values, at);
    if (column.rounds) return;
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      if (out[at + row] !== value && !Number.isNaN(value))
        throw mixed(column.name, column.kind, values);
    }
    return;
  }
  if (
    out instanceof Int32Array &&
    (values instanceof BigInt64Array || values instanceof BigUint64Array)
  ) {
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as bigint;
      if (value !== BigInt.asIntN(32, value)) throw mixed(column.name, column.kind, values);
      out[at + row] = Number(value);
    }
    return;
  }
  throw mixed(column.name, column.kind, values);
}

function putWide(
  column: PlannedColumn,
  out: BigInt64Array,
  at: number,
  values: AttributeValues,
): void {
  if (values instanceof Int32Array) {
    const halves = new Int32Array(out.buffer, out.byteOffset + at * 8, values.length * 2);
    for (let row = 0; row < values.length; row++) {
      halves[row * 2] = values[row] as number;
      halves[row * 2 + 1] = (values[row] as number) >> 31;
    }
  } else if (values instanceof BigInt64Array) out.set(values, at);
  else if (values instanceof BigUint64Array) {
    if (column.kind !== "uint64" && values.some((value) => value >= 2n ** 63n)) {
      throw mixed(column.name, column.kind, values);
    }
    out.set(new BigInt64Array(values.buffer, values.byteOffset, values.length), at);
  } else throw mixed(column.name, column.kind, values);
}

function mixed(column: string, kind: ColumnKind, values: Attribute): NeuronError {
  return new NeuronError(
    "mixed-types",
    `column "${column}" is written as ${kind}, which cannot hold these values of ${kindOf(values)}; name the wider type in the options`,
  );
}
