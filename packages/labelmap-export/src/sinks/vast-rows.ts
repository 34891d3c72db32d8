import {
  type Data,
  List,
  type RecordBatch,
  Table,
  tableToIPC,
  vectorFromArray,
} from "apache-arrow";
import { replaceColumns } from "./replace-columns.ts";

const listColumns = ["supervoxels", "labels"] as const;

/**
 * Puts rows whose lists no cell can hold in objects of their own, whole, as Arrow IPC streams; the table has empty
 * lists there, and the key in `overflow`: `overflow/<task>/<x>_<y>_<z>.arrow`.
 *
 * @param maxIds of one list
 */
export async function moveLists(
  batch: RecordBatch,
  task: string,
  maxIds: number,
  put: (key: string, bytes: Uint8Array) => Promise<void>,
): Promise<RecordBatch> {
  const [supervoxels] = listColumns.map((name) => batch.getChild(name));
  const keys = new Map<number, string>();
  for (let row = 0; row < batch.numRows; row++) {
    if ((supervoxels?.get(row)?.length ?? 0) <= maxIds) continue;
    const place = ["x", "y", "z"].map((axis) => batch.getChild(axis)?.get(row));
    const key = `overflow/${task}/${place.join("_")}.arrow`;
    await put(key, tableToIPC(new Table([batch.slice(row, row + 1)]), "stream"));
    keys.set(row, key);
  }
  if (keys.size === 0) return batch;
  const columns: Record<string, Data> = {};
  for (const name of listColumns) {
    const column = batch.getChild(name);
    const cells = Array.from({ length: batch.numRows }, (_, row) =>
      keys.has(row) ? [] : Array.from(column?.get(row) ?? []),
    );
    const { type } = batch.schema.fields.find((field) => field.name === name) ?? {};
    if (!(type instanceof List)) throw new TypeError(`Expected \`${name}\` to be lists`);
    columns[name] = vectorFromArray(cells, type).data[0] as Data;
  }
  const overflow = batch.getChild("overflow");
  const names = Array.from(
    { length: batch.numRows },
    (_, row) => keys.get(row) ?? overflow?.get(row),
  );
  columns.overflow = vectorFromArray(names, overflow?.type).data[0] as Data;
  return replaceColumns(batch, batch.schema, columns);
}
