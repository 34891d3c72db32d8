import { Binary, Field, Int32, List, Schema, Uint64 } from "apache-arrow";
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
