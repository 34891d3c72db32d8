import type { FlightOutput, ScatterBatch } from "@pocaduck/flight";
import { Binary, Field, Int32, List, Schema, Uint32, Uint64 } from "apache-arrow";

/** The shape of what an export sends: 32 KB blocks, 64 to a message of 2 MB. */
export const shape: { rows: number; size: number; labels: number } = {
  rows: 64,
  size: 32_768,
  labels: 20,
};

const lists = new List(new Field("item", new Uint64(), true));

export const blockSchema: Schema = new Schema([
  ...["scale", "x", "y", "z"].map((name) => new Field(name, new Int32(), false)),
  ...["supervoxels", "labels"].map((name) => new Field(name, lists, true)),
  new Field("size", new Uint32(), false),
  new Field("bin1", new Binary(), true),
]);

/** Each blob is a buffer of its own, as blocks come from a decompressor. */
const pool: readonly ScatterBatch[] = Array.from({ length: 8 }, (_, seed) => {
  const numbers = Int32Array.from({ length: shape.rows }, (_, row) => row);
  const labels = Array.from(numbers, (row) =>
    BigUint64Array.from({ length: shape.labels }, (_, label) => BigInt(row + label)),
  );
  const blobs = Array.from(numbers, (row) => new Uint8Array(shape.size).fill(seed + row));
  const sizes = new Uint32Array(shape.rows).fill(shape.size);
  const columns = [numbers, numbers, numbers, numbers, labels, labels, sizes, blobs];
  return { length: shape.rows, columns };
});

export function* messages(count: number): Generator<FlightOutput> {
  for (let index = 0; index < count; index++) {
    const batch = pool[index % pool.length];
    if (batch) yield { batch };
  }
}
