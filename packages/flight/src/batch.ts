import { Data, type Field, RecordBatch, type Schema } from "apache-arrow";
import { FlightError } from "./errors.ts";

export type FixedWidthArray =
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/**
 * One column as the caller has it. A typed array is a fixed-width column without nulls. An array of typed arrays
 * has one per row: the cells of a `binary` column or the lists of a list column, `null` for a null. Strings are
 * for `utf8`. Arrow `Data` serves every other type.
 */
export type ScatterColumn =
  | FixedWidthArray
  | readonly (FixedWidthArray | null)[]
  | readonly (string | null)[]
  | Data;

/**
 * Rows whose values stay where they are: do not write to them until the call that takes the batch has resolved,
 * or, in a server's handler, until it is asked for the next one.
 */
export type ScatterBatch = {
  length: number;
  /** In the order of the schema. */
  columns: readonly ScatterColumn[];
};

export type FlightBatch = RecordBatch | ScatterBatch;

export function batchLength(batch: FlightBatch): number {
  return batch instanceof RecordBatch ? batch.numRows : batch.length;
}

/** Rows `[start, end)`, without copying a value. */
export function sliceBatch(batch: FlightBatch, start: number, end: number): FlightBatch {
  if (batch instanceof RecordBatch) return batch.slice(start, end);
  return {
    length: end - start,
    columns: batch.columns.map((column) => {
      if (column instanceof Data) return column.slice(start, end - start);
      return ArrayBuffer.isView(column) ? column.subarray(start, end) : column.slice(start, end);
    }),
  };
}

/** @throws {TypeError} when the columns are not those of `schema`. */
export function assertColumns(schema: Schema, batch: FlightBatch): void {
  const count = batch instanceof RecordBatch ? batch.schema.fields.length : batch.columns.length;
  if (count !== schema.fields.length) {
    throw new TypeError(`Expected ${schema.fields.length} columns as in the schema, got ${count}`);
  }
  if (!(batch instanceof RecordBatch)) return;
  for (const [index, field] of schema.fields.entries()) {
    const other = batch.schema.fields[index];
    if (String(other?.type) !== String(field.type)) {
      throw new TypeError(
        `Expected column ${index} to be ${name(field)}, got ${other && name(other)}`,
      );
    }
  }
}

/** A row that fits no message has no half: the caller decides what becomes of it. */
export function rowTooLarge(size: number, limit: number): FlightError {
  return new FlightError(
    "too-large",
    `one row makes a message of ${size} bytes, the limit is ${limit}`,
  );
}

function name(field: Field): string {
  return `${JSON.stringify(field.name)} ${field.type}`;
}
