import { NeuronError } from "../errors.ts";
import { type Cursor, readVarint, unpackBits } from "./hybrid-decode.ts";

interface DeltaHead {
  blockValues: number;
  miniValues: number;
  minis: number;
  count: number;
}

function readHead(bytes: Uint8Array, cursor: Cursor, most: number): DeltaHead {
  const blockValues = readVarint(bytes, cursor);
  const minis = readVarint(bytes, cursor);
  const count = readVarint(bytes, cursor);
  const miniValues = blockValues / minis;
  if (!Number.isInteger(miniValues) || miniValues === 0 || miniValues % 8 !== 0 || minis > 4096) {
    throw new NeuronError("corrupt", `delta blocks of ${blockValues} values in ${minis} parts`);
  }
  if (count > most) throw new NeuronError("corrupt", `${count} delta values where ${most} fit`);
  return { blockValues, miniValues, minis, count };
}

/** DELTA_BINARY_PACKED of 32-bit integers; at most `most` values. */
export function decodeDelta32(bytes: Uint8Array, cursor: Cursor, most: number): Int32Array {
  const { miniValues, minis, count } = readHead(bytes, cursor, most);
  const out = new Int32Array(count);
  let value = Number(BigInt.asIntN(32, readZigzag(bytes, cursor)));
  if (count > 0) out[0] = value;
  for (let done = 1; done < count; ) {
    const min = Number(BigInt.asIntN(32, readZigzag(bytes, cursor)));
    const widths = cursor.at;
    cursor.at += minis;
    for (let mini = 0; mini < minis && done < count; mini++) {
      const width = bytes[widths + mini] ?? 0;
      const length = Math.min(miniValues, count - done);
      if (width === 0) {
        for (const end = done + length; done < end; done++) {
          value = (value + min) | 0;
          out[done] = value;
        }
        continue;
      }
      unpackBits(bytes, cursor.at, width, length, out, done);
      for (const end = done + length; done < end; done++) {
        value = (value + min + (out[done] as number)) | 0;
        out[done] = value;
      }
      cursor.at += (miniValues / 8) * width;
    }
  }
  return out;
}

/** DELTA_BINARY_PACKED of 64-bit integers; at most `most` values. */
export function decodeDelta64(bytes: Uint8Array, cursor: Cursor, most: number): BigInt64Array {
  const { miniValues, minis, count } = readHead(bytes, cursor, most);
  const out = new BigInt64Array(count);
  let value = readZigzag(bytes, cursor);
  if (count > 0) out[0] = value;
  const small = new Uint32Array(miniValues);
  for (let done = 1; done < count; ) {
    const min = readZigzag(bytes, cursor);
    const widths = cursor.at;
    cursor.at += minis;
    for (let mini = 0; mini < minis && done < count; mini++) {
      const width = bytes[widths + mini] ?? 0;
      const length = Math.min(miniValues, count - done);
      if (width <= 32) {
        unpackBits(bytes, cursor.at, width, length, small, 0);
        value = addSmall(out, done, length, value, min, small);
      } else {
        for (let index = 0; index < length; index++) {
          const delta = unpackBig(bytes, cursor.at, width, index);
          value = BigInt.asIntN(64, value + min + delta);
          out[done + index] = value;
        }
      }
      done += length;
      cursor.at += (miniValues / 8) * width;
    }
  }
  return out;
}

/** Adds deltas in halves of 32 bits, so that no BigInt is made per value. */
function addSmall(
  out: BigInt64Array,
  from: number,
  length: number,
  start: bigint,
  min: bigint,
  deltas: Uint32Array,
): bigint {
  const step = Number(min);
  if (!Number.isSafeInteger(step) || Math.abs(step) > 2 ** 51) {
    let value = start;
    for (let index = 0; index < length; index++) {
      value = BigInt.asIntN(64, value + min + BigInt(deltas[index] as number));
      out[from + index] = value;
    }
    return value;
  }
  const halves = new Uint32Array(out.buffer, out.byteOffset, out.length * 2);
  let low = Number(BigInt.asUintN(32, start));
  let high = Number(BigInt.asUintN(32, start >> 32n));
  for (let index = 0; index < length; index++) {
    const sum = low + step + (deltas[index] as number);
    const carry = Math.floor(sum / 2 ** 32);
    low = sum - carry * 2 ** 32;
    high = (high + carry) >>> 0;
    halves[(from + index) * 2] = low;
    halves[(from + index) * 2 + 1] = high;
  }
  return length === 0 ? start : (out[from + length - 1] as bigint);
}

function unpackBig(bytes: Uint8Array, start: number, width: number, index: number): bigint {
  if (width > 64) throw new NeuronError("corrupt", `numbers of ${width} bits`);
  const bit = index * width;
  let at = start + (bit >> 3);
  let value = 0n;
  for (let have = -(bit & 7); have < width; have += 8) {
    const byte = bytes[at++];
    if (byte === undefined) throw new NeuronError("truncated", "packed numbers are cut off");
    value |= have < 0 ? BigInt(byte >> -have) : BigInt(byte) << BigInt(have);
  }
  return BigInt.asUintN(width, value);
}

function readZigzag(bytes: Uint8Array, cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new NeuronError("truncated", "a page is cut off");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  throw new NeuronError("corrupt", "a number has more than 10 bytes");
}
