import type { Scratch } from "./scratch.ts";

/** BYTE_STREAM_SPLIT of `values[start, end)`, each `width` bytes; returns the bytes written to `out`. */
export function encodeByteSplit(
  values: Float32Array | Float64Array,
  start: number,
  end: number,
  out: Scratch,
): number {
  const width = values.BYTES_PER_ELEMENT;
  const count = end - start;
  const from = new Uint8Array(values.buffer, values.byteOffset + start * width, count * width);
  out.reserve(count * width);
  const { bytes } = out;
  for (let byte = 0; byte < width; byte++) {
    for (let i = 0; i < count; i++) bytes[byte * count + i] = from[i * width + byte] as number;
  }
  return count * width;
}

/** Values `[start, end)` of a page of `count`, to `target[at + i * stride]`. */
export function decodeByteSplit(
  bytes: Uint8Array,
  count: number,
  start: number,
  end: number,
  target: Float32Array | Float64Array,
  at: number,
  stride: number,
): void {
  const width = target.BYTES_PER_ELEMENT;
  if (bytes.length !== count * width) throw new RangeError("a float page of another size");
  const to = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  for (let byte = 0; byte < width; byte++) {
    for (let i = start; i < end; i++) {
      to[(at + (i - start) * stride) * width + byte] = bytes[byte * count + i] as number;
    }
  }
}
