import { createHash } from "node:crypto";
import { Binary, Field, Int32, List, RecordBatch, Schema, Uint64 } from "apache-arrow";
import type { ScatterBatch } from "../src/index.ts";

/** The shape of an export's rows in small: a coordinate, a label list, a blob. */
export const blockSchema: Schema = new Schema([
  new Field("x", new Int32(), false),
  new Field("labels", new List(new Field("item", new Uint64(), true)), true),
  new Field("block", new Binary(), true),
]);

export const extremes: readonly bigint[] = [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];

/** `rows` rows from `start` on, each blob of `size` bytes that tell its row. */
export function blockRows(start: number, rows: number, size: number): ScatterBatch {
  const numbers = Array.from({ length: rows }, (_, row) => start + row);
  return {
    length: rows,
    columns: [
      Int32Array.from(numbers),
      numbers.map((row) => (row % 5 === 4 ? null : BigUint64Array.from(extremes.slice(row % 3)))),
      numbers.map((row) => new Uint8Array(size).fill(row & 255)),
    ],
  };
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** What the pyarrow peer tells of the same rows: integers as strings, blobs as length and hash. */
export function told(batches: readonly (RecordBatch | ScatterBatch)[]): object {
  const rows = batches.flatMap(rowsOf);
  return {
    rows: rows.length,
    columns: {
      x: rows.map(({ x }) => String(x)),
      labels: rows.map(({ labels }) => (labels ? Array.from(labels, String) : null)),
      block: rows.map(({ block }) => (block ? digest(block) : null)),
    },
  };
}

type Row = { x: number; labels: Iterable<bigint> | null; block: Uint8Array | null };

function rowsOf(batch: RecordBatch | ScatterBatch): Row[] {
  if (batch instanceof RecordBatch) return batch.toArray().map((row) => row.toJSON() as Row);
  const [x, labels, block] = batch.columns as [Int32Array, Row["labels"][], Row["block"][]];
  return Array.from(x, (x, row) => ({ x, labels: labels[row] ?? null, block: block[row] ?? null }));
}

function digest(block: Uint8Array): string {
  return `${block.length}:${createHash("sha256").update(block).digest("hex").slice(0, 16)}`;
}
