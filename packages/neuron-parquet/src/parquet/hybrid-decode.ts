import { NeuronError } from "../errors.ts";

/** Where a decoder stands in a byte array. */
export interface Cursor {
  at: number;
}

export function readVarint(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new NeuronError("truncated", "a page is cut off");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw new NeuronError("corrupt", "a number has more than 10 bytes");
}

/**
 * Unpacks `count` little-endian numbers of `width` bits into `out` from `to` on, and returns the byte after them.
 * Bits beyond the end of `bytes` are an error, bits after the last number are not read.
 */
export function unpackBits(
  bytes: Uint8Array,
  start: number,
  width: number,
  count: number,
  out: Int32Array | Uint32Array,
  to: number,
): number {
  const end = start + Math.ceil((width * count) / 8);
  if (end > bytes.length) throw new NeuronError("truncated", "packed numbers are cut off");
  if (width > 24) return unpackWide(bytes, start, width, count, out, to);
  const mask = width === 0 ? 0 : 2 ** width - 1;
  let held = 0;
  let bits = 0;
  let at = start;
  for (let index = 0; index < count; index++) {
    while (bits < width) {
      held |= (bytes[at++] as number) << bits;
      bits += 8;
    }
    out[to + index] = held & mask;
    held >>>= width;
    bits -= width;
  }
  return end;
}

function unpackWide(
  bytes: Uint8Array,
  start: number,
  width: number,
  count: number,
  out: Int32Array | Uint32Array,
  to: number,
): number {
  if (width > 32) throw new NeuronError("corrupt", `numbers of ${width} bits`);
  const limit = 2 ** width;
  let held = 0;
  let bits = 0;
  let at = start;
  for (let index = 0; index < count; index++) {
    // At most 31 + 8 bits are held, well inside the 53 of a number.
    while (bits < width) {
      held += (bytes[at++] as number) * 2 ** bits;
      bits += 8;
    }
    out[to + index] = held % limit;
    held = Math.floor(held / limit);
    bits -= width;
  }
  return start + Math.ceil((width * count) / 8);
}

/** Decodes `count` values of the RLE / bit-packing hybrid. */
export function decodeHybrid(
  bytes: Uint8Array,
  cursor: Cursor,
  width: number,
  count: number,
): Int32Array {
  const out = new Int32Array(count);
  let done = 0;
  walkHybrid(bytes, cursor, width, count, {
    run(value, length) {
      out.fill(value, done, done + length);
      done += length;
    },
    packed(start, length) {
      unpackBits(bytes, start, width, length, out, done);
      done += length;
    },
  });
  return out;
}

export interface HybridVisitor {
  run(value: number, length: number): void;
  /** `length` values packed from byte `start` on. */
  packed(start: number, length: number): void;
}

/** Visits the runs without expanding them; ends after `count` values. */
export function walkHybrid(
  bytes: Uint8Array,
  cursor: Cursor,
  width: number,
  count: number,
  visitor: HybridVisitor,
): void {
  if (width > 32) throw new NeuronError("corrupt", `numbers of ${width} bits`);
  const valueBytes = (width + 7) >> 3;
  for (let left = count; left > 0; ) {
    const head = readVarint(bytes, cursor);
    if (head % 2 === 1) {
      const groups = (head - 1) / 2;
      const length = Math.min(groups * 8, left);
      if (length === 0) throw new NeuronError("corrupt", "an empty run of packed numbers");
      visitor.packed(cursor.at, length);
      cursor.at += groups * width;
      left -= length;
    } else {
      const length = Math.min(head / 2, left);
      if (length === 0) throw new NeuronError("corrupt", "an empty run");
      let value = 0;
      for (let byte = 0; byte < valueBytes; byte++) {
        const next = bytes[cursor.at++];
        if (next === undefined) throw new NeuronError("truncated", "a run is cut off");
        value += next * 2 ** (8 * byte);
      }
      visitor.run(value, length);
      left -= length;
    }
  }
}
