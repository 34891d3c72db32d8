import { type Column, type ColumnData, pointColumns, TableWriter } from "@pocaduck/format";
import { axisValues, type CloudSource } from "./cloud-source.ts";

const encoder = new TextEncoder();
const groupRows = 131_072;

/** A row a point: label, coordinates, attributes. */
export async function* toParquet({ schema, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const columns = pointColumns(schema).filter(({ name }) => name !== "block");
  const axes = schema.axes.length;
  const table = new TableWriter(columns, { level: 3 });
  for await (const cloud of parts()) {
    const labels = new BigUint64Array(cloud.length).fill(cloud.label);
    const values = [
      labels,
      ...schema.axes.map((_, axis) => axisValues(cloud, axis, axes)),
      ...Object.values(cloud.attributes),
    ];
    for (let start = 0; start < cloud.length; start += groupRows) {
      const end = Math.min(cloud.length, start + groupRows);
      const data = columns.map((column, at) => part(column, values[at] ?? [], start, end));
      yield* table.writeGroup(end - start, data).parts;
    }
  }
  yield table.finish();
}

function part(
  { type }: Column,
  values: Exclude<ColumnData, { counts?: Int32Array }> | string[],
  start: number,
  end: number,
): ColumnData {
  if (!Array.isArray(values)) return values.subarray(start, end);
  if (type !== "string") throw new TypeError(`Expected strings, the column is ${type}`);
  const texts = [...new Set(values.slice(start, end))];
  const ids = new Map(texts.map((text, id) => [text, id]));
  return {
    ids: Int32Array.from(values.slice(start, end), (text) => ids.get(text) ?? 0),
    texts: texts.map((text) => encoder.encode(text)),
    length: end - start,
  };
}
