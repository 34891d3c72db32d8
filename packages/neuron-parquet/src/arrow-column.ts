import {
  bool,
  type Column,
  columnFromArray,
  type DataType,
  dictionary,
  float32,
  float64,
  int32,
  int64,
  Precision,
  Type,
  uint64,
  utf8,
} from "@uwdata/flechette";
import { isRuns, type Runs, type WriteColumn, type WriteData } from "./parquet/write-column.ts";

interface Made {
  readonly column: WriteColumn;
  readonly data: WriteData;
}

/** What an Arrow column holds, as a Parquet column of the same type; undefined, and no value read, when there is none. */
export function parquetColumn(
  name: string,
  type: DataType,
  read: () => ArrayLike<unknown>,
  hasNulls: boolean,
): Made | undefined {
  const made = (
    kind: Pick<WriteColumn, "type" | "annotation">,
    fill: (values: ArrayLike<unknown>) => WriteData["values"],
  ): Made => {
    const values = read();
    const nulls = hasNulls
      ? Uint8Array.from(values, (value) => (value === null || value === undefined ? 1 : 0))
      : undefined;
    const column = { name, encoding: "plain", optional: hasNulls, ...kind } as const;
    return { column, data: { values: fill(values), nulls } };
  };
  switch (type.typeId) {
    case Type.Dictionary:
      return parquetColumn(name, type.dictionary, read, hasNulls);
    case Type.Float:
      if (type.precision === Precision.HALF) return undefined;
      return type.precision === Precision.SINGLE
        ? made({ type: "FLOAT" }, (values) => floats(values, Float32Array))
        : made({ type: "DOUBLE" }, (values) => floats(values, Float64Array));
    case Type.Bool:
      return made({ type: "BOOLEAN" }, (values) =>
        Uint8Array.from(values, (value) => (value ? 1 : 0)),
      );
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return made({ type: "BYTE_ARRAY", annotation: "text" }, (values) =>
        Array.from(values, (value) => String(value ?? "")),
      );
    case Type.Int: {
      const isSmall = type.bitWidth < 32 || (type.bitWidth === 32 && type.signed);
      const annotation = type.signed || isSmall ? {} : { annotation: "unsigned" as const };
      return type.bitWidth <= 32
        ? made({ type: "INT32", ...annotation }, integers)
        : made({ type: "INT64", ...annotation }, longs);
    }
    default:
      return undefined;
  }
}

/** The array itself where it is of the kind: a column of one batch without nulls is. */
function floats<T extends Float32Array | Float64Array>(
  values: ArrayLike<unknown>,
  kind: { new (length: number): T; from(values: ArrayLike<number>): T },
): T {
  if (values instanceof kind) return values;
  return kind.from(Array.from(values, (value) => (value === null ? Number.NaN : Number(value))));
}

function integers(values: ArrayLike<unknown>): Int32Array {
  if (values instanceof Int32Array) return values;
  return Int32Array.from(values as ArrayLike<number | null>, (value) => value ?? 0);
}

function longs(values: ArrayLike<unknown>): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  if (values instanceof BigUint64Array)
    return new BigInt64Array(values.buffer, values.byteOffset, values.length);
  return BigInt64Array.from(values as ArrayLike<bigint | null>, (value) =>
    BigInt.asIntN(64, BigInt(value ?? 0n)),
  );
}

/** A Parquet column as an Arrow column of the same type. */
export function arrowColumn(column: WriteColumn, { values, nulls }: WriteData): Column<unknown> {
  const type = arrowType(column);
  if (isRuns(values)) {
    const isText = column.annotation === "text";
    return columnFromArray(expand(values) as never, isText ? dictionary(type) : type);
  }
  if (column.type === "BOOLEAN")
    return columnFromArray(
      Array.from(values as Uint8Array, (value, row) => (nulls?.[row] === 1 ? null : value === 1)),
      type,
    );
  if (nulls) {
    const list = Array.from(values as ArrayLike<unknown>, (value, row) =>
      nulls[row] === 1 ? null : value,
    );
    return columnFromArray(list, type);
  }
  const whole =
    values instanceof BigInt64Array && column.annotation === "unsigned"
      ? new BigUint64Array(values.buffer, values.byteOffset, values.length)
      : values;
  return columnFromArray(whole as never, type);
}

function arrowType({ type, annotation }: WriteColumn): DataType {
  switch (type) {
    case "INT32":
      return int32();
    case "INT64":
      return annotation === "unsigned" ? uint64() : int64();
    case "FLOAT":
      return float32();
    case "DOUBLE":
      return float64();
    case "BOOLEAN":
      return bool();
    case "BYTE_ARRAY":
      return utf8();
  }
}

function expand({ values, lengths }: Runs): BigInt64Array | string[] {
  let rows = 0;
  for (const length of lengths) rows += length;
  const out = values instanceof BigInt64Array ? new BigInt64Array(rows) : new Array<string>(rows);
  let at = 0;
  for (const [run, length] of lengths.entries()) {
    out.fill(values[run] as never, at, at + length);
    at += length;
  }
  return out;
}
