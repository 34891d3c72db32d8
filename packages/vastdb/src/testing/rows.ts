import {
  type Data,
  DataType,
  type RecordBatch,
  RecordBatchReader,
  type Schema,
} from "apache-arrow";
import { maxColumns } from "../table-schema.ts";
import { Refusal } from "./database.ts";

/** What the clients assume of the server: 128 KiB a cell, twice 2^18 rows. */
const cellSize = 128 * 1024;
const maxRows = 524_288;

/** The schema in a table request, which ends without the end of a stream. */
export function readTableSchema(body: Uint8Array): Schema {
  const schema = open(body).schema;
  if (endsStream(body)) throw new Refusal(400, "TabularInvalidRequest", "an end of stream");
  for (const field of schema.fields) assertType(field.type);
  if (schema.fields.length < 1) throw new Refusal(400, "TabularInvalidRequest", "no columns");
  return schema;
}

/** The one batch of an insert, checked against its table. */
export function readRows(body: Uint8Array, table: Schema): RecordBatch {
  if (!endsStream(body)) throw new Refusal(400, "TabularInvalidRequest", "no end of stream");
  const batches = [...open(body)].filter((batch) => batch !== null);
  const [batch] = batches;
  if (!batch || batches.length !== 1) {
    throw new Refusal(400, "TabularInvalidRequest", `${batches.length} batches`);
  }
  if (batch.numRows > maxRows) throw new Refusal(400, "TabularTooManyRows", `${batch.numRows}`);
  if (batch.numCols > maxColumns) throw new Refusal(400, "TabularTooManyColumns");
  for (const [index, field] of batch.schema.fields.entries()) {
    const own = table.fields.find(({ name }) => name === field.name);
    if (!own) throw new Refusal(400, "TabularMismatchColumnName", field.name);
    assertType(field.type);
    if (String(own.type) !== String(field.type)) {
      throw new Refusal(400, "TabularMismatchColumnType", `${field.name} ${field.type}`);
    }
    const column = batch.data.children[index];
    if (column) assertCells(field.name, column);
  }
  return batch;
}

function open(body: Uint8Array): RecordBatchReader {
  try {
    return RecordBatchReader.from(body).open();
  } catch (error) {
    throw new Refusal(400, "TabularInvalidRequest", String(error));
  }
}

function endsStream(body: Uint8Array): boolean {
  const end = body.subarray(-8);
  return end.length === 8 && end.every((byte, index) => byte === (index < 4 ? 0xff : 0));
}

function assertType(type: DataType): void {
  if (DataType.isNull(type) || DataType.isDictionary(type) || DataType.isUnion(type)) {
    throw new Refusal(400, "TabularUnsupportedColumnType", String(type));
  }
  for (const child of type.children ?? []) assertType(child.type);
}

function assertCells(name: string, column: Data): void {
  const { valueOffsets, children } = column;
  if (!valueOffsets) return;
  const width = children[0]?.values?.BYTES_PER_ELEMENT ?? 1;
  for (let row = 0; row < column.length; row++) {
    const size = Number(valueOffsets[row + 1] - valueOffsets[row]) * width;
    if (size > cellSize) throw new Refusal(400, "TabularCellTooLarge", `${name}: ${size}`);
  }
}
