import { type Data, makeData, RecordBatch, type Schema, Struct } from "apache-arrow";

/** The batch with other columns under some names. */
export function replaceColumns(
  batch: RecordBatch,
  schema: Schema,
  columns: Readonly<Record<string, Data>>,
): RecordBatch {
  const children = schema.fields.map(
    ({ name }, index) => columns[name] ?? (batch.data.children[index] as Data),
  );
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: batch.numRows, children }));
}
