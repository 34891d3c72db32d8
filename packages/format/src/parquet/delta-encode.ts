import type { Scratch } from "./scratch.ts";

const blockLength = 128;
const miniLength = 32;
const deltas = new Int32Array(blockLength);
/** Of each miniblock. */
const greatest = new Int32Array(blockLength / miniLength);

/** DELTA_BINARY_PACKED of `values[start, end)`, modulo 2^32; returns the bytes written to `out`. */
export function encodeDelta(values: Int32Array, start: number, end: number, out: Scratch): number {
  out.reserve((end - start) * 5 + 1024);
  const { bytes } = out;
  let at = putVarint(bytes, 0, blockLength);
  at = putVarint(bytes, at, blockLength / miniLength);
  at = putVarint(bytes, at, end - start);
  let previous = end > start ? (values[start] as number) : 0;
  at = putZigzag(bytes, at, previous);
  for (let from = start + 1; from < end; from += blockLength) {
    const length = Math.min(blockLength, end - from);
    let least = 0x7fffffff;
    for (let mini = 0, i = 0; i < length; mini++) {
      let most = -0x80000000;
      for (const stop = Math.min(length, i + miniLength); i < stop; i++) {
        const value = values[from + i] as number;
        const delta = (value - previous) | 0;
        previous = value;
        deltas[i] = delta;
        if (delta < least) least = delta;
        if (delta > most) most = delta;
      }
      greatest[mini] = most;
    }
    at = putZigzag(bytes, at, least);
    at = packBlock(out, at, length, least);
  }
  return at;
}

/** Four bit widths, then the miniblocks that hold any of the `length` deltas. */
function packBlock({ bytes, view }: Scratch, start: number, length: number, least: number): number {
  let at = start + blockLength / miniLength;
  for (let mini = 0; mini < blockLength / miniLength; mini++) {
    const from = mini * miniLength;
    // The difference of two int32 as an unsigned 32-bit number.
    const width = from < length ? 32 - Math.clz32((greatest[mini] as number) - least) : 0;
    bytes[start + mini] = width;
    if (width === 0) continue;
    for (let i = length; i < from + miniLength; i++) deltas[i] = least;
    let word = 0;
    let bits = 0;
    for (let i = from; i < from + miniLength; i++) {
      const above = ((deltas[i] as number) - least) | 0;
      word |= above << bits;
      bits += width;
      if (bits >= 32) {
        view.setInt32(at, word, true);
        at += 4;
        bits -= 32;
        word = bits > 0 ? above >>> (width - bits) : 0;
      }
    }
  }
  return at;
}

function putVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value >>> 0;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function putZigzag(bytes: Uint8Array, at: number, value: number): number {
  return putVarint(bytes, at, (value << 1) ^ (value >> 31));
}
