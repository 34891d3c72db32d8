import { NeuronError } from "../errors.ts";
import { decodeText } from "../short-text.ts";
import { decodeDelta32, decodeDelta64 } from "./delta-decode.ts";
import type { Column } from "./footer.ts";
import { decodeHybrid } from "./hybrid-decode.ts";

/** Values of one flat column. Booleans are 0 and 1; UUIDs and texts are strings. */
export type Values =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | string[];

const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;

export function isDictionary(encoding: number): boolean {
  return encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
}

/** An array of `length` zeros, or empty texts, of the kind that `column` decodes to. */
export function allocate(column: Column, length: number): Values {
  switch (column.type) {
    case "INT32":
      return new Int32Array(length);
    case "INT64":
      return new BigInt64Array(length);
    case "FLOAT":
      return new Float32Array(length);
    case "DOUBLE":
      return new Float64Array(length);
    case "BOOLEAN":
      return new Uint8Array(length);
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      return new Array<string>(length).fill("");
    default:
      throw new NeuronError("unsupported", `column "${column.name}" is ${column.type}`);
  }
}

/** Decodes `count` non-null values that begin at `at`. */
export function decodeValues(
  column: Column,
  encoding: number,
  bytes: Uint8Array,
  at: number,
  count: number,
  dictionary: Values | undefined,
): Values {
  if (count === 0) return allocate(column, 0);
  if (isDictionary(encoding)) {
    if (!dictionary)
      throw new NeuronError("corrupt", `column "${column.name}" lacks its dictionary`);
    return pick(dictionary, decodeHybrid(bytes, { at: at + 1 }, bytes[at] ?? 0, count));
  }
  const { type } = column;
  if (encoding === PLAIN) return decodePlain(column, bytes, at, count);
  if (encoding === DELTA_BINARY_PACKED && type === "INT32") {
    return exactly(decodeDelta32(bytes, { at }, count), count);
  }
  if (encoding === DELTA_BINARY_PACKED && type === "INT64") {
    return exactly(decodeDelta64(bytes, { at }, count), count);
  }
  if (encoding === BYTE_STREAM_SPLIT) return decodeSplit(column, bytes, at, count);
  if (encoding === RLE && type === "BOOLEAN") {
    return Uint8Array.from(decodeHybrid(bytes, { at: at + 4 }, 1, count));
  }
  if (encoding === DELTA_LENGTH_BYTE_ARRAY && type === "BYTE_ARRAY") {
    return decodeTexts(column, bytes, { at }, count);
  }
  if (encoding === DELTA_BYTE_ARRAY && type === "BYTE_ARRAY") {
    return decodePrefixed(column, bytes, { at }, count);
  }
  throw new NeuronError(
    "unsupported",
    `column "${column.name}" is ${type} in encoding ${encoding}`,
  );
}

function exactly<T extends Int32Array | BigInt64Array>(values: T, count: number): T {
  if (values.length !== count) {
    throw new NeuronError("corrupt", `a page holds ${values.length} values, it says ${count}`);
  }
  return values;
}

function decodePlain(column: Column, bytes: Uint8Array, at: number, count: number): Values {
  switch (column.type) {
    case "INT32":
      return numbers(Int32Array, bytes, at, count);
    case "INT64":
      return numbers(BigInt64Array, bytes, at, count);
    case "FLOAT":
      return numbers(Float32Array, bytes, at, count);
    case "DOUBLE":
      return numbers(Float64Array, bytes, at, count);
    case "BOOLEAN": {
      need(bytes, at, Math.ceil(count / 8));
      const out = new Uint8Array(count);
      for (let index = 0; index < count; index++) {
        out[index] = ((bytes[at + (index >> 3)] as number) >> (index & 7)) & 1;
      }
      return out;
    }
    case "FIXED_LEN_BYTE_ARRAY":
      return decodeFixed(column, bytes, at, count);
    case "BYTE_ARRAY": {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const out: string[] = [];
      let from = at;
      for (let index = 0; index < count; index++) {
        const length = view.getUint32(from, true);
        need(bytes, from + 4, length);
        out.push(textAt(column, bytes, from + 4, from + 4 + length));
        from += 4 + length;
      }
      return out;
    }
    default:
      throw new NeuronError("unsupported", `column "${column.name}" is ${column.type}`);
  }
}

type NumberArray<T> = {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
};

/** A view of the page where it is aligned, else a copy. */
function numbers<T>(kind: NumberArray<T>, bytes: Uint8Array, at: number, count: number): T {
  const length = count * kind.BYTES_PER_ELEMENT;
  need(bytes, at, length);
  const offset = bytes.byteOffset + at;
  if (offset % kind.BYTES_PER_ELEMENT === 0) return new kind(bytes.buffer, offset, count);
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(at, at + length));
  return new kind(copy.buffer, 0, count);
}

function need(bytes: Uint8Array, at: number, length: number): void {
  if (at + length > bytes.length) throw new NeuronError("truncated", "a page is cut off");
}

function decodeFixed(column: Column, bytes: Uint8Array, at: number, count: number): string[] {
  const { typeLength } = column;
  if (typeLength <= 0) throw new NeuronError("corrupt", `column "${column.name}" has no width`);
  need(bytes, at, count * typeLength);
  const isUuid = column.annotation === "uuid" || typeLength === 16;
  const out: string[] = [];
  for (let index = 0; index < count; index++) {
    const start = at + index * typeLength;
    const end = start + typeLength;
    out.push(isUuid ? uuid(bytes.subarray(start, end)) : textAt(column, bytes, start, end));
  }
  return out;
}

/** Replaced bytes would make two ids one. */
function textAt(column: Column, bytes: Uint8Array, start: number, end: number): string {
  const { text, clean } = decodeText(bytes, start, end);
  if (clean) return text;
  throw new NeuronError("corrupt", `column "${column.name}" holds bytes that are no UTF-8`);
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function decodeSplit(column: Column, bytes: Uint8Array, at: number, count: number): Values {
  const width = column.type === "INT64" || column.type === "DOUBLE" ? 8 : 4;
  need(bytes, at, count * width);
  const plain = new Uint8Array(count * width);
  for (let byte = 0; byte < width; byte++) {
    const stream = at + byte * count;
    for (let index = 0; index < count; index++) {
      plain[index * width + byte] = bytes[stream + index] as number;
    }
  }
  return decodePlain(column, plain, 0, count);
}

function decodeTexts(
  column: Column,
  bytes: Uint8Array,
  cursor: { at: number },
  count: number,
): string[] {
  const lengths = exactly(decodeDelta32(bytes, cursor, count), count);
  const out: string[] = [];
  for (const length of lengths) {
    if (length < 0) throw new NeuronError("corrupt", "a text of negative length");
    need(bytes, cursor.at, length);
    out.push(textAt(column, bytes, cursor.at, cursor.at + length));
    cursor.at += length;
  }
  return out;
}

function decodePrefixed(
  column: Column,
  bytes: Uint8Array,
  cursor: { at: number },
  count: number,
): string[] {
  const prefixes = exactly(decodeDelta32(bytes, cursor, count), count);
  const lengths = exactly(decodeDelta32(bytes, cursor, count), count);
  const out: string[] = [];
  let last: Uint8Array = new Uint8Array(0);
  for (let index = 0; index < count; index++) {
    const prefix = prefixes[index] as number;
    const length = lengths[index] as number;
    if (prefix < 0 || length < 0 || prefix > last.length) {
      throw new NeuronError("corrupt", "a text of impossible length");
    }
    need(bytes, cursor.at, length);
    const value = new Uint8Array(prefix + length);
    value.set(last.subarray(0, prefix));
    value.set(bytes.subarray(cursor.at, cursor.at + length), prefix);
    cursor.at += length;
    out.push(textAt(column, value, 0, value.length));
    last = value;
  }
  return out;
}

function pick(dictionary: Values, indexes: Int32Array): Values {
  const { length } = dictionary;
  // One unsigned maximum guards the loops below: a negative index is a huge unsigned one.
  let most = 0;
  for (const index of indexes) if (index >>> 0 > most) most = index >>> 0;
  if (indexes.length > 0 && most >= length) {
    throw new NeuronError("corrupt", `index ${most} into a dictionary of ${length}`);
  }
  if (Array.isArray(dictionary)) return Array.from(indexes, (index) => dictionary[index] as string);
  if (dictionary instanceof BigInt64Array) {
    // By halves: a BigInt per value would take ten times as long.
    const from = new Int32Array(dictionary.buffer, dictionary.byteOffset, length * 2);
    const out = new Int32Array(indexes.length * 2);
    for (let at = 0; at < indexes.length; at++) {
      const index = indexes[at] as number;
      out[at * 2] = from[index * 2] as number;
      out[at * 2 + 1] = from[index * 2 + 1] as number;
    }
    return new BigInt64Array(out.buffer);
  }
  const out = new (dictionary.constructor as new (length: number) => typeof dictionary)(
    indexes.length,
  );
  for (let at = 0; at < out.length; at++) out[at] = dictionary[indexes[at] as number] as number;
  return out;
}
