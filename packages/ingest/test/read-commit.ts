import {
  type Column,
  type Commit,
  commitOfKey,
  commitsPrefix,
  decodeCommit,
  extentColumns,
  groupAt,
  newArray,
  pointColumns,
  RowGroup,
  type Schema,
  type TableRef,
} from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";

/** A row as text, for comparing sets: label, block, coordinates, attributes. */
export type Row = string;

export async function readCommits(store: Store): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const { key } of store.list(commitsPrefix)) {
    const bytes = await store.get(key);
    commits.push(decodeCommit(commitOfKey(key) ?? "", bytes ?? new Uint8Array()));
  }
  return commits;
}

async function groups(
  store: Store,
  columns: readonly Column[],
  file: TableRef,
): Promise<RowGroup[]> {
  const bytes = (await store.get(file.key)) ?? new Uint8Array();
  return file.groups.offset.map((offset, at) => {
    const pointer = groupAt(file, at);
    return new RowGroup(columns, bytes.subarray(offset, offset + pointer.size), pointer, file.key);
  });
}

/** As text that tells -0 from 0. */
export function exact(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** All rows of a commit as its extents tell of them, in file order. */
export async function readRows(store: Store, schema: Schema, commit: Commit): Promise<Row[]> {
  const columns = pointColumns(schema);
  const points = (
    await Promise.all(commit.points.map((file) => groups(store, columns, file)))
  ).flat();
  const rows: Row[] = [];
  for (const file of commit.extents) {
    for (const extents of await groups(store, extentColumns, file)) {
      const labels = new BigUint64Array(extents.rows);
      extents.numbers(0, 0, extents.rows, labels);
      const [blocks, numbers, firsts, counts] = [1, 2, 3, 4].map((column) => {
        const values = new Uint32Array(extents.rows);
        extents.numbers(column, 0, extents.rows, values);
        return values;
      });
      for (let i = 0; i < extents.rows; i++) {
        const group = points[numbers?.[i] as number] as RowGroup;
        const start = firsts?.[i] as number;
        const end = start + (counts?.[i] as number);
        const block = commit.blocks[blocks?.[i] as number]?.id;
        const label = new BigUint64Array(end - start);
        group.numbers(0, start, end, label);
        const ids = group.strings(1, start, end);
        const values = columns.slice(2).map(({ type }, at) => {
          if (type === "string" || type === "bytes") return group.strings(at + 2, start, end);
          const array = newArray(type, end - start);
          group.numbers(at + 2, start, end, array);
          return array;
        });
        for (let row = 0; row < end - start; row++) {
          if (label[row] !== labels[i] || ids[row] !== block) throw new Error("not the pair's row");
          rows.push([label[row], block, ...values.map((column) => exact(column[row]))].join(" "));
        }
      }
    }
  }
  return rows;
}
