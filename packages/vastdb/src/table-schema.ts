import { DataType, type Field, type Schema } from "apache-arrow";
import { schemaMessage } from "./arrow-message.ts";
import { VastError } from "./errors.ts";

/** Python's client sends further columns as updates, which this one does not. */
export const maxColumns: number = 40;

/** Names with a meaning of their own to the server. */
const reserved = new Set(["$row_id", "vastdb_rowid"]);

/**
 * One Arrow schema message, without the end of a stream.
 * @throws {TypeError | RangeError} for what no table can have.
 */
export function encodeTableSchema(schema: Schema): Uint8Array {
  assertTableSchema(schema);
  return schemaMessage(schema);
}

export function assertTableSchema(schema: Schema): void {
  const { fields } = schema;
  if (fields.length < 1 || fields.length > maxColumns) {
    throw new RangeError(`Expected 1 to ${maxColumns} columns, got ${fields.length}`);
  }
  const names = new Set<string>();
  for (const field of fields) {
    if (field.name === "" || reserved.has(field.name) || names.has(field.name)) {
      throw new TypeError(
        `Expected column names to be distinct and free, got ${JSON.stringify(field.name)}`,
      );
    }
    names.add(field.name);
    assertType(field, field.type);
  }
}

/**
 * Whether the table that is there is the table that is wanted: same names, same types, same order.
 * @throws {VastError} `schema-mismatch`, naming the first difference.
 */
export function assertSameColumns(where: string, wanted: Schema, found: Schema): void {
  for (let index = 0; index < Math.max(wanted.fields.length, found.fields.length); index++) {
    const [want, have] = [describe(wanted.fields[index]), describe(found.fields[index])];
    if (want === have) continue;
    const reason = `${where}: column ${index} is ${have ?? "absent"}, expected ${want ?? "none"}`;
    throw new VastError("schema-mismatch", reason);
  }
}

/** What the documentation and the clients' tests agree on; the server has no open list. */
function assertType(field: Field, type: DataType): void {
  const plain =
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isBool(type) ||
    DataType.isUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isDecimal(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type);
  const nested = DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type);
  if (!plain && !nested) {
    throw new TypeError(`Expected "${field.name}" to be of a type that VAST takes, got ${type}`);
  }
  for (const child of type.children ?? []) assertType(field, child.type);
}

function describe(field: Field | undefined): string | undefined {
  return field && `${JSON.stringify(field.name)} ${field.type}`;
}
