import type { ByteBuffer } from "./byte-buffer.ts";

const BLOCK = 128;
const MINIS = 4;
const MINI = BLOCK / MINIS;

const deltas = new Int32Array(BLOCK);

/** DELTA_BINARY_PACKED of `values[from, to)`. Differences wrap at 32 bits, as the format wants. */
export function encodeDelta32(out: ByteBuffer, values: Int32Array, from: number, to: number): void {
  head(out, to - from);
  out.zigzag(from < to ? (values[from] as number) : 0);
  for (let at = from + 1; at < to; at += BLOCK) {
    const count = Math.min(BLOCK, to - at);
    let min = 2 ** 31 - 1;
    for (let index = 0; index < count; index++) {
      const delta = ((values[at + index] as number) - (values[at + index - 1] as number)) | 0;
      deltas[index] = delta;
      if (delta < min) min = delta;
    }
    out.zigzag(min);
    packBlock(out, count, min);
  }
}

/**
 * DELTA_BINARY_PACKED of 64-bit values, or false when a difference exceeds 31 bits: node ids that far apart are better plain.
 * Works on halves of 32 bits, since a BigInt per value would take ten times as long.
 */
export function encodeDelta64(
  out: ByteBuffer,
  values: BigInt64Array,
  from: number,
  to: number,
): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let at = from + 1; at < to; at++) {
    const low = (halves[at * 2] as number) >>> 0;
    const lastLow = (halves[at * 2 - 2] as number) >>> 0;
    const borrow = low < lastLow ? 1 : 0;
    const high = ((halves[at * 2 + 1] as number) - (halves[at * 2 - 1] as number) - borrow) | 0;
    const difference = (low - lastLow) | 0;
    // Half the range of 32 bits, so that a difference of two differences fits too.
    if (high !== difference >> 31 || difference >= 2 ** 30 || difference < -(2 ** 30)) return false;
  }
  head(out, to - from);
  out.bigZigzag(from < to ? (values[from] as bigint) : 0n);
  for (let at = from + 1; at < to; at += BLOCK) {
    const count = Math.min(BLOCK, to - at);
    let min = 2 ** 31 - 1;
    for (let index = 0; index < count; index++) {
      const low = halves[(at + index) * 2] as number;
      const delta = (low - (halves[(at + index) * 2 - 2] as number)) | 0;
      deltas[index] = delta;
      if (delta < min) min = delta;
    }
    out.zigzag(min);
    packBlock(out, count, min);
  }
  return true;
}

function head(out: ByteBuffer, count: number): void {
  out.varint(BLOCK);
  out.varint(MINIS);
  out.varint(count);
}

function packBlock(out: ByteBuffer, count: number, min: number): void {
  out.reserve(MINIS + BLOCK * 4);
  const widths = out.length;
  out.length += MINIS;
  for (let mini = 0; mini < MINIS; mini++) {
    const start = mini * MINI;
    const end = Math.min(start + MINI, count);
    let bits = 0;
    for (let index = start; index < end; index++) {
      const rest = ((deltas[index] as number) - min) | 0;
      deltas[index] = rest;
      bits |= rest;
    }
    const width = bits === 0 ? 0 : 32 - Math.clz32(bits);
    out.bytes[widths + mini] = end > start ? width : 0;
    if (end <= start || width === 0) continue;
    deltas.fill(0, end, start + MINI);
    out.length = pack(out.bytes, out.length, deltas, start, MINI, width);
  }
}

/** Packs `count` numbers of `width` bits, `count` a multiple of 8; returns the byte after them. */
export function pack(
  bytes: Uint8Array,
  at: number,
  values: Int32Array,
  start: number,
  count: number,
  width: number,
): number {
  let to = at;
  let held = 0;
  let bits = 0;
  for (let index = start; index < start + count; index++) {
    const value = values[index] as number;
    held |= value << bits;
    bits += width;
    if (bits < 32) continue;
    bytes[to] = held;
    bytes[to + 1] = held >>> 8;
    bytes[to + 2] = held >>> 16;
    bytes[to + 3] = held >>> 24;
    to += 4;
    bits -= 32;
    // A shift by 32 would be a shift by 0.
    held = bits === 0 ? 0 : value >>> (width - bits);
  }
  for (; bits > 0; bits -= 8) {
    bytes[to++] = held;
    held >>>= 8;
  }
  return to;
}
