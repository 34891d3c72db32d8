import type { CloudSource } from "./cloud-source.ts";

const descriptions = { int32: "<i4", int64: "<i8", float32: "<f4", float64: "<f8" };

/** NumPy's format 1.0: the positions as an array of shape (points, axes). */
export async function* toNpy({ length, schema, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const shape = `(${length}, ${schema.axes.length})`;
  const about = `{'descr': '${descriptions[schema.coordinates]}', 'fortran_order': False, 'shape': ${shape}, }`;
  const size = Math.ceil((about.length + 11) / 64) * 64;
  const head = new Uint8Array(size).fill(0x20);
  head.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(head.buffer).setUint16(8, size - 10, true);
  head.set(new TextEncoder().encode(about), 10);
  head[size - 1] = 0x0a;
  yield head;
  for await (const { positions } of parts()) {
    yield new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength);
  }
}
