import { NeuronError } from "../errors.ts";
import { decompress } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import type { Column } from "./footer.ts";
import { decodeHybrid, unpackBits, walkHybrid } from "./hybrid-decode.ts";
import { ThriftReader, thrift } from "./thrift-read.ts";
import { allocate, decodeValues, isDictionary, type Values } from "./values-decode.ts";

export interface PageHeader {
  readonly kind: "data" | "data2" | "dictionary" | "other";
  /** Bytes of the header itself, of the body as stored, and of the body decompressed. */
  readonly headerSize: number;
  readonly size: number;
  readonly rawSize: number;
  /** Values, nulls among them. */
  readonly count: number;
  readonly encoding: number;
  /** Version 2 only: bytes of the levels ahead of the values, and whether the rest is compressed. */
  readonly levelSize: number;
  readonly compressed: boolean;
  /** Of the body as stored; absent in files of most writers. */
  readonly crc: number | undefined;
}

export interface ColumnData {
  readonly values: Values;
  /** 1 where the value is null; absent when none is. */
  readonly nulls?: Uint8Array | undefined;
}

export function readPageHeader(bytes: Uint8Array, at: number): PageHeader {
  const reader = new ThriftReader(bytes, at);
  let type = -1;
  let size = -1;
  let rawSize = -1;
  let count = 0;
  let encoding = 0;
  let levelSize = 0;
  let compressed = true;
  let crc: number | undefined;
  reader.struct((id) => {
    if (id === 1) type = reader.int();
    else if (id === 2) rawSize = reader.int();
    else if (id === 3) size = reader.int();
    else if (id === 4) crc = reader.int() >>> 0;
    else if (id === 5 || id === 7) {
      reader.struct((field) => {
        if (field === 1) count = reader.int();
        else if (field === 2) encoding = reader.int();
        else return false;
        return undefined;
      });
    } else if (id === 8) {
      reader.struct((field, kind) => {
        if (field === 1) count = reader.int();
        else if (field === 4) encoding = reader.int();
        else if (field === 5 || field === 6) levelSize += reader.int();
        else if (field === 7) compressed = kind === thrift.true;
        else return false;
        return undefined;
      });
    } else return false;
    return undefined;
  });
  if (size < 0 || rawSize < 0 || count < 0 || levelSize < 0 || levelSize > size) {
    throw new NeuronError("corrupt", "a page header has impossible sizes");
  }
  const kind =
    type === 0 ? "data" : type === 2 ? "dictionary" : type === 3 ? "data2" : ("other" as const);
  return {
    kind,
    headerSize: reader.at - at,
    size,
    rawSize,
    count,
    encoding,
    levelSize,
    compressed,
    crc,
  };
}

/** The body behind the header at `at`, proved by its checksum where the file has one. */
export function pageBody(bytes: Uint8Array, at: number, header: PageHeader): Uint8Array {
  const start = at + header.headerSize;
  if (start + header.size > bytes.length) throw new NeuronError("truncated", "a page is cut off");
  const body = bytes.subarray(start, start + header.size);
  if (header.crc !== undefined && crc32(body) !== header.crc) {
    throw new NeuronError("corrupt", "a page fails its checksum");
  }
  return body;
}

export function decodeDictionary(
  column: Column,
  codec: number,
  header: PageHeader,
  body: Uint8Array,
): Values {
  return decodeValues(
    column,
    0,
    decompress(codec, body, header.rawSize),
    0,
    header.count,
    undefined,
  );
}

interface PageBody {
  bytes: Uint8Array;
  /** Where the values begin. */
  at: number;
  present: number;
  nulls: Uint8Array | undefined;
}

/** Decodes one data page; `body` is what follows its header. */
export function decodePage(
  column: Column,
  codec: number,
  header: PageHeader,
  body: Uint8Array,
  dictionary: Values | undefined,
): ColumnData {
  const { bytes, at, present, nulls } = unwrap(column, codec, header, body);
  const values = decodeValues(column, header.encoding, bytes, at, present, dictionary);
  return nulls ? { values: spread(column, values, nulls), nulls } : { values };
}

/** Calls `run` for each stretch of equal values, which sorted neuron columns have few of; null is undefined. */
export function pageRuns(
  column: Column,
  codec: number,
  header: PageHeader,
  body: Uint8Array,
  dictionary: Values | undefined,
  run: (value: Values[number] | undefined, length: number) => void,
): void {
  const { bytes, at, present, nulls } = unwrap(column, codec, header, body);
  if (nulls || !isDictionary(header.encoding) || !dictionary) {
    const page = decodePage(column, codec, header, body, dictionary);
    valueRuns(page, run);
    return;
  }
  const width = bytes[at] ?? 0;
  let last = -1;
  let length = 0;
  const push = (index: number, more: number): void => {
    if (index !== last) {
      if (length > 0) run(dictionary[last], length);
      if (index >= dictionary.length)
        throw new NeuronError("corrupt", "an index beyond its dictionary");
      last = index;
      length = 0;
    }
    length += more;
  };
  walkHybrid(bytes, { at: at + 1 }, width, present, {
    run: push,
    packed(start, count) {
      const indexes = decodePacked(bytes, start, width, count);
      for (const index of indexes) push(index, 1);
    },
  });
  if (length > 0) run(dictionary[last], length);
}

function decodePacked(bytes: Uint8Array, start: number, width: number, count: number): Int32Array {
  const out = new Int32Array(count);
  unpackBits(bytes, start, width, count, out, 0);
  return out;
}

function valueRuns(
  { values, nulls }: ColumnData,
  run: (value: Values[number] | undefined, length: number) => void,
): void {
  // 64-bit values are compared by halves, so that BigInts are made once a run.
  const halves =
    values instanceof BigInt64Array
      ? new Int32Array(values.buffer, values.byteOffset, values.length * 2)
      : undefined;
  const same = (a: number, b: number): boolean =>
    halves
      ? halves[a * 2] === halves[b * 2] && halves[a * 2 + 1] === halves[b * 2 + 1]
      : values[a] === values[b];
  let start = 0;
  for (let at = 1; at <= values.length; at++) {
    if (at < values.length && same(start, at) && nulls?.[start] === nulls?.[at]) continue;
    run(nulls?.[start] === 1 ? undefined : values[start], at - start);
    start = at;
  }
}

function unwrap(column: Column, codec: number, header: PageHeader, body: Uint8Array): PageBody {
  if (column.nested) throw new NeuronError("unsupported", `column "${column.name}" is nested`);
  const { count } = header;
  if (header.kind === "data2") {
    const { levelSize } = header;
    const stored = body.subarray(levelSize);
    const bytes = header.compressed
      ? decompress(codec, stored, header.rawSize - levelSize)
      : stored;
    const levels = column.optional
      ? definedLevels(body.subarray(0, levelSize), { at: 0 }, count)
      : undefined;
    return { bytes, at: 0, present: count - nullCount(levels), nulls: levels };
  }
  const bytes = decompress(codec, body, header.rawSize);
  if (!column.optional) return { bytes, at: 0, present: count, nulls: undefined };
  if (bytes.length < 4) throw new NeuronError("truncated", "a page is cut off");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > bytes.length - 4)
    throw new NeuronError("truncated", "the levels of a page are cut off");
  const levels = definedLevels(bytes.subarray(4, 4 + length), { at: 0 }, count);
  return { bytes, at: 4 + length, present: count - nullCount(levels), nulls: levels };
}

/** 1 for each null, or undefined when there is none, which costs no array. */
function definedLevels(
  bytes: Uint8Array,
  cursor: { at: number },
  count: number,
): Uint8Array | undefined {
  let defined = 0;
  walkHybrid(bytes, cursor, 1, count, {
    run(value, length) {
      if (value === 1) defined += length;
    },
    packed(start, length) {
      for (let index = 0; index < length; index++) {
        const byte = bytes[start + (index >> 3)];
        if (byte === undefined)
          throw new NeuronError("truncated", "the levels of a page are cut off");
        defined += (byte >> (index & 7)) & 1;
      }
    },
  });
  if (defined === count) return undefined;
  const levels = decodeHybrid(bytes, { at: 0 }, 1, count);
  const nulls = new Uint8Array(count);
  for (let index = 0; index < count; index++) nulls[index] = levels[index] === 1 ? 0 : 1;
  return nulls;
}

function nullCount(nulls: Uint8Array | undefined): number {
  let count = 0;
  if (nulls) for (const isNull of nulls) count += isNull;
  return count;
}

/** Puts the present values where they belong; a null float becomes NaN, any other null 0 or "". */
function spread(column: Column, present: Values, nulls: Uint8Array): Values {
  const out = allocate(column, nulls.length);
  if (out instanceof Float32Array || out instanceof Float64Array) out.fill(Number.NaN);
  let from = 0;
  for (let index = 0; index < nulls.length; index++) {
    if (nulls[index] === 0) out[index] = present[from++] as never;
  }
  return out;
}
