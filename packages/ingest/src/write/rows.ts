import {
  type ArrayOf,
  type CoordinateType,
  type NumericType,
  newArray,
  type Schema,
  showValue,
  typeOfArray,
} from "@pocaduck/format";
import { IngestError } from "../errors.ts";

/** Values of one column as a caller hands them over. */
export type ColumnInput = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<string>;

/**
 * Points of one label in a block, or of a whole block; attributes under their names. Coordinates are finite; an
 * attribute of floats may hold NaN, the usual mark of no value, and infinities, but no finite number beyond its type.
 */
export interface PointsInput {
  /** Coordinates point after point, as in x0, y0, z0, x1, …; in voxels of the finest scale. */
  positions: ArrayLike<number> | ArrayLike<bigint>;
  [attribute: string]: ColumnInput;
}

/** Rows that fit the schema: typed arrays of its very types, strings as they are. */
export interface CheckedRows {
  length: number;
  positions: ArrayOf<CoordinateType>;
  /** In schema order. */
  attributes: (ArrayOf<NumericType> | readonly string[])[];
}

/** @throws {IngestError} `invalid-input` that names the column, the row and the value. */
export function checkRows(schema: Schema, input: PointsInput, where: string): CheckedRows {
  const { positions, ...given } = Object(input) as PointsInput;
  if (!isList(positions))
    throw unfit(where, "positions", `a list of numbers, got ${showValue(positions)}`);
  const axes = schema.axes.length;
  const length = positions.length / axes;
  if (!Number.isInteger(length)) {
    const names = schema.axes.map((axis) => axis.name).join(", ");
    throw unfit(
      where,
      "positions",
      `a multiple of ${axes} numbers (${names}), got ${positions.length}`,
    );
  }
  const expected = Object.keys(schema.attributes);
  const extra = Object.keys(given).find((name) => !expected.includes(name));
  if (extra !== undefined) {
    const known = expected.length > 0 ? `has ${expected.join(", ")}` : "has no attributes";
    throw unfit(where, extra, `no such attribute: the dataset ${known}`);
  }
  const attributes = Object.entries(schema.attributes).map(([name, type]) => {
    const values = given[name];
    if (!isList(values)) throw unfit(where, name, `a list of ${type}, got ${showValue(values)}`);
    if (values.length !== length) {
      throw unfit(where, name, `${length} values, one a point, got ${values.length}`);
    }
    return type === "string"
      ? checkStrings(values, where, name)
      : checkNumbers(type, values, where, name, false);
  });
  const checked = checkNumbers(schema.coordinates, positions, where, "positions", true);
  return { length, positions: checked as ArrayOf<CoordinateType>, attributes };
}

/** The values as an array of `type`, without a copy where they are one; exact, or an error. */
function checkNumbers(
  type: NumericType,
  values: ArrayLike<unknown>,
  where: string,
  name: string,
  finite: boolean,
): ArrayOf<NumericType> {
  const given = typeOfArray(values);
  if (given === type) {
    const array = values as ArrayOf<NumericType>;
    if (finite && (type === "float32" || type === "float64")) {
      const at = (array as Float64Array).findIndex((value) => !Number.isFinite(value));
      if (at >= 0) throw unfit(where, name, `finite numbers, got ${array[at]} at ${at}`);
    }
    return array;
  }
  const array = newArray(type, values.length);
  for (let i = 0; i < values.length; i++) {
    const exact = convert(type, values[i], array, i);
    if (!exact || (finite && !Number.isFinite(Number(array[i])))) {
      throw unfit(where, name, `${type} values, got ${showValue(values[i])} at ${i}`);
    }
  }
  return array;
}

/** Stores one value; false when it is not exactly one of `type`. A float32 is the nearest to a number. */
function convert(
  type: NumericType,
  value: unknown,
  array: ArrayOf<NumericType>,
  at: number,
): boolean {
  if (typeof value !== "number" && typeof value !== "bigint") return false;
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) {
    if (typeof value === "number" && !Number.isSafeInteger(value)) return false;
    array[at] = BigInt(value);
    return array[at] === BigInt(value);
  }
  const number = Number(value);
  array[at] = number;
  if (typeof value === "bigint") {
    return Number.isFinite(number) && BigInt(number) === value && array[at] === number;
  }
  // A finite number beyond a float32's range would become infinite.
  if (type === "float32") return Number.isFinite(array[at]) || !Number.isFinite(number);
  return Object.is(array[at], value) || array[at] === value;
}

function checkStrings(values: ArrayLike<unknown>, where: string, name: string): readonly string[] {
  const strings = Array.from(values);
  const at = strings.findIndex((value) => typeof value !== "string" || !value.isWellFormed());
  if (at >= 0)
    throw unfit(where, name, `well-formed strings, got ${showValue(strings[at])} at ${at}`);
  return strings as string[];
}

/** A label as a bigint in range. */
export function checkLabel(label: unknown, where: string): bigint {
  if (typeof label === "bigint" && label >= 0n && label < 1n << 64n) return label;
  throw unfit(where, "label", `a bigint from 0 to 2^64-1, got ${showValue(label)}`);
}

/** Labels as 32-bit words, low first, without a copy where they are 64-bit already. */
export function checkLabels(labels: unknown, length: number, where: string): Uint32Array {
  const type = typeOfArray(labels);
  const array = labels as ArrayOf<NumericType>;
  if (type === "uint64" || type === "uint8" || type === "uint16" || type === "uint32") {
    if (array.length !== length) {
      throw unfit(where, "labels", `${length} labels, one a point, got ${array.length}`);
    }
    if (type === "uint64") return new Uint32Array(array.buffer, array.byteOffset, length * 2);
    const words = new Uint32Array(length * 2);
    for (let i = 0; i < length; i++) words[2 * i] = Number(array[i]);
    return words;
  }
  throw unfit(
    where,
    "labels",
    `a BigUint64Array, or a narrower unsigned one, got ${showValue(labels)}`,
  );
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || typeOfArray(value) !== undefined;
}

function unfit(where: string, name: string, expected: string): IngestError {
  return new IngestError("invalid-input", `${where}: expected \`${name}\` to be ${expected}`);
}
