import { NeuronError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import type { Attribute, AttributeValues, Coordinates, NodeIds } from "./model.ts";
import { type Column, typeName } from "./parquet/footer.ts";
import type { ColumnData } from "./parquet/page.ts";
import type { Values } from "./parquet/values-decode.ts";

/** One column over the rows of one neuron. */
export type Piece = ColumnData;

/** Joins the parts of a column, always into arrays of their own. */
export function join(parts: readonly Piece[]): Piece {
  const [first] = parts;
  if (!first) throw new NeuronError("corrupt", "a neuron without rows");
  if (parts.length === 1) return first;
  let length = 0;
  for (const { values } of parts) length += values.length;
  const nulls = parts.some((part) => part.nulls) ? new Uint8Array(length) : undefined;
  const values: Values = Array.isArray(first.values)
    ? parts.flatMap((part) => part.values as string[])
    : new (first.values.constructor as new (length: number) => Exclude<Values, string[]>)(length);
  let at = 0;
  for (const part of parts) {
    if (!Array.isArray(values)) (values as Float32Array).set(part.values as Float32Array, at);
    if (part.nulls) nulls?.set(part.nulls, at);
    at += part.values.length;
  }
  return nulls ? { values, nulls } : { values };
}

export function slice({ values, nulls }: Piece, start: number, end: number): Piece {
  const cut = values.slice(start, end) as Values;
  const own = nulls?.slice(start, end);
  return own?.includes(1) ? { values: cut, nulls: own } : { values: cut };
}

/** INT32 and INT64 as ids, roots (null or negative) as -1, in the narrowest array that holds them. */
export function nodeIds(column: Column, piece: Piece, isParent: boolean): NodeIds {
  const { values, nulls } = piece;
  const unsigned = column.annotation === "unsigned";
  if (nulls && !isParent) {
    throw new NeuronError("invalid-neuron", `column "${column.name}" holds null`, {
      row: nulls.indexOf(1),
    });
  }
  if (values instanceof Int32Array) {
    if (unsigned && values.some((value, row) => value < 0 && nulls?.[row] !== 1)) {
      const wide = BigInt64Array.from(values, (value, row) =>
        nulls?.[row] === 1 ? -1n : BigInt(value >>> 0),
      );
      return wide;
    }
    if (nulls || (isParent && !unsigned)) rootless32(values, nulls);
    return values;
  }
  if (!(values instanceof BigInt64Array)) throw wrongType(column);
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let fits = true;
  let huge = false;
  for (let row = 0; row < values.length; row++) {
    const high = halves[row * 2 + 1] as number;
    if (nulls?.[row] === 1 || (isParent && high < 0 && !unsigned)) {
      halves[row * 2] = -1;
      halves[row * 2 + 1] = -1;
    } else if (unsigned && high < 0) huge = true;
    else if (high !== (halves[row * 2] as number) >> 31) fits = false;
  }
  if (huge) return new BigUint64Array(values.buffer, values.byteOffset, values.length);
  if (!fits) return values;
  const narrow = new Int32Array(values.length);
  for (let row = 0; row < narrow.length; row++) narrow[row] = halves[row * 2] as number;
  return narrow;
}

function rootless32(values: Int32Array, nulls: Uint8Array | undefined): void {
  for (let row = 0; row < values.length; row++) {
    if (nulls?.[row] === 1 || (values[row] as number) < -1) values[row] = -1;
  }
}

/** The same array type for both, the wider of the two. */
export function alike(a: NodeIds, b: NodeIds): [NodeIds, NodeIds] {
  if (a.constructor === b.constructor) return [a, b];
  if (a instanceof BigUint64Array || b instanceof BigUint64Array)
    return [unsigned64(a), unsigned64(b)];
  return [signed64(a), signed64(b)];
}

function signed64(ids: NodeIds): BigInt64Array {
  if (ids instanceof Int32Array) return BigInt64Array.from(ids, BigInt);
  return ids instanceof BigInt64Array
    ? ids
    : new BigInt64Array(ids.buffer, ids.byteOffset, ids.length);
}

function unsigned64(ids: NodeIds): BigUint64Array {
  if (ids instanceof BigUint64Array) return ids;
  const wide = signed64(ids);
  return new BigUint64Array(wide.buffer, wide.byteOffset, wide.length);
}

export function coordinates(column: Column, { values, nulls }: Piece): Coordinates {
  if (nulls && !(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new NeuronError("invalid-neuron", `column "${column.name}" holds null`, {
      row: nulls.indexOf(1),
    });
  }
  if (
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int32Array
  )
    return values;
  if (values instanceof BigInt64Array) return Float64Array.from(values, Number);
  throw wrongType(column);
}

export function floats(column: Column, piece: Piece): Float32Array | Float64Array {
  const values = coordinates(column, piece.nulls ? withNaN(piece) : piece);
  return values instanceof Int32Array ? Float64Array.from(values) : values;
}

/** Integers with unknowns among them, as floats. */
function withNaN({ values, nulls }: Piece): Piece {
  if (values instanceof Float32Array || values instanceof Float64Array) return { values };
  return {
    values: Float64Array.from(values as Int32Array, (value, row) =>
      nulls?.[row] === 1 ? Number.NaN : Number(value),
    ),
  };
}

export function attribute(column: Column, { values, nulls }: Piece): Attribute {
  const read = unsigned(column, values);
  const isFloat = read instanceof Float32Array || read instanceof Float64Array;
  return nulls && !isFloat ? { values: read, nulls } : read;
}

/** The same array type whatever the values, since a file is written by the first neurons. */
function unsigned({ annotation }: Column, values: Values): AttributeValues {
  if (annotation !== "unsigned") return values;
  if (values instanceof BigInt64Array)
    return new BigUint64Array(values.buffer, values.byteOffset, values.length);
  return values instanceof Int32Array
    ? BigInt64Array.from(values, (value) => BigInt(value >>> 0))
    : values;
}

export function label(
  column: Column,
  piece: Piece,
): Int32Array | BigInt64Array | readonly string[] {
  const { values } = piece;
  if (Array.isArray(values)) return values;
  if (piece.nulls)
    return Int32Array.from(floats(column, piece), (value) => (Number.isNaN(value) ? 0 : value));
  const ids = nodeIds(column, piece, false);
  return ids instanceof BigUint64Array ? signed64(ids) : ids;
}

/** Columns that a read of `layout` wants. */
export function wantedColumns(
  layout: Layout,
  {
    attributes = false,
    extras,
  }: { attributes?: boolean | readonly string[]; extras?: readonly string[] },
): Column[] {
  const wants = (extra: string): boolean => extras?.includes(extra) ?? true;
  const asked = layout.extras.filter(
    ({ name }) => attributes === true || (attributes !== false && attributes.includes(name)),
  );
  const all = [
    layout.nodeId,
    layout.parentId,
    layout.x,
    layout.y,
    layout.z,
    wants("radius") ? layout.radius : undefined,
    wants("label") ? layout.label : undefined,
    ...(wants("vectors") ? (layout.vectors ?? []) : []),
    wants("alpha") ? layout.alpha : undefined,
    layout.originalNodeId,
    ...asked,
  ];
  return all.filter((column) => column !== undefined);
}

function wrongType(column: Column): NeuronError {
  return new NeuronError("wrong-columns", `column "${column.name}" is ${typeName(column)}`);
}
