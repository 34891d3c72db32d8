import { makeData, type RecordBatch, Utf8, vectorFromArray } from "apache-arrow";
import type { CellLayout } from "../plan/plan.ts";
import { tableSchema } from "../rows/schemas.ts";
import { replaceColumns } from "./replace-columns.ts";

/**
 * Puts each rest that no cells hold in an object of its own, and its key in the row: `overflow/<task>/<x>_<y>_<z>.zst`.
 */
export async function moveOverflows(
  batch: RecordBatch,
  task: string,
  cells: CellLayout,
  put: (key: string, bytes: Uint8Array) => Promise<void>,
): Promise<RecordBatch> {
  const column = batch.schema.fields.length - 1;
  const rests = batch.getChildAt(column);
  const keys: (string | null)[] = new Array(batch.numRows).fill(null);
  for (let row = 0; rests && row < keys.length; row++) {
    const rest = rests.get(row) as Uint8Array | null;
    if (!rest) continue;
    const place = [1, 2, 3].map((axis) => batch.getChildAt(axis)?.get(row));
    const key = `overflow/${task}/${place.join("_")}.zst`;
    await put(key, rest);
    keys[row] = key;
  }
  const overflow = vectorFromArray(keys, new Utf8()).data[0] ?? makeData({ type: new Utf8() });
  return replaceColumns(batch, tableSchema("blocks", cells), { overflow });
}
