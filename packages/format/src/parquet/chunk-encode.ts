import type { Column, NumericArray } from "../column-type.ts";
import { crc32 } from "../crc32.ts";
import { encodeByteSplit } from "./byte-split.ts";
import { encodings, pageTypes, physicalTypes } from "./constants.ts";
import { encodeDelta } from "./delta-encode.ts";
import { DictionaryBuilder, type EncodedRuns } from "./dictionary.ts";
import { encodePageHeader } from "./page-header.ts";
import { encodeRuns } from "./runs-encode.ts";
import { Scratch } from "./scratch.ts";
import { compressZstd } from "./zstd.ts";

/** What a row group's column is given as: a value a row, or runs of equal values, which may repeat. */
export type ColumnData =
  | NumericArray
  | { values: BigUint64Array | BigInt64Array; counts: Int32Array; length: number }
  | { ids: Int32Array; texts: readonly Uint8Array[]; counts?: Int32Array; length: number };

/** A column chunk as the footer tells of it; offsets are from the start of its row group. */
export interface ChunkMeta {
  dictionaryOffset: number;
  dataOffset: number;
  size: number;
  rawSize: number;
  compressed: boolean;
}

/** A chunk that compresses by less than this share is left alone. */
const worthwhile = 0.05;
/** For how many row groups, before it is tried again. */
const patience = 15;
/** Bytes of a chunk below which a zstd frame costs more time than it saves bytes. */
const tiny = 256;

const scratch = new Scratch();
const dictionary = new DictionaryBuilder();

/** Encodes the chunks of one column of a file, row group after row group. */
export class ChunkEncoder {
  readonly #column: Column;
  readonly #level: number;
  #pause = 0;

  constructor(column: Column, level: number) {
    this.#column = column;
    this.#level = level;
  }

  /** Appends the chunk's bytes to `parts`; `offset` is where it starts in the row group. */
  encode(rows: number, data: ColumnData, parts: Uint8Array[], offset: number): ChunkMeta {
    const { encoding } = physicalTypes[this.#column.type];
    if (encoding === encodings.dictionary) {
      const pages = new PageSink(parts, offset, this.#level);
      return this.#dictionaryChunk(rows, pageRowsOf(rows), this.#runs(rows, data), pages);
    }
    if (encoding === encodings.byteStreamSplit) {
      return this.#valueChunk(rows, data, new PageSink(parts, offset, this.#level));
    }
    if (this.#pause === 0) {
      const before = parts.length;
      const meta = this.#valueChunk(rows, data, new PageSink(parts, offset, this.#level));
      if (!meta.compressed || meta.size <= meta.rawSize * (1 - worthwhile)) return meta;
      parts.length = before;
      this.#pause = patience + 1;
    }
    this.#pause--;
    const pages = new PageSink(parts, offset, this.#level);
    pages.compressing = false;
    return this.#valueChunk(rows, data, pages);
  }

  #valueChunk(rows: number, data: ColumnData, pages: PageSink): ChunkMeta {
    const pageRows = pageRowsOf(rows);
    const { encoding } = physicalTypes[this.#column.type];
    for (let start = 0; start < rows; start += pageRows) {
      const end = Math.min(rows, start + pageRows);
      const size =
        encoding === encodings.delta
          ? encodeDelta(asInt32(this.#column, data), start, end, scratch)
          : encodeByteSplit(asFloats(this.#column, data), start, end, scratch);
      pages.compressing &&= rows > pageRows || size >= tiny;
      pages.add(pageTypes.data, scratch.bytes.subarray(0, size), end - start, encoding);
    }
    return pages.finish();
  }

  #runs(rows: number, data: ColumnData): EncodedRuns {
    if (data instanceof BigUint64Array || data instanceof BigInt64Array) {
      return dictionary.fromWords(wordsOf(data), rows);
    }
    if ("values" in data && "counts" in data && typeof data.values !== "function") {
      return dictionary.fromWords(wordsOf(data.values), data.length, data.counts);
    }
    if ("ids" in data) {
      return dictionary.fromTexts(data.ids, data.texts, data.length, data.counts);
    }
    throw mismatch(this.#column);
  }

  #dictionaryChunk(rows: number, pageRows: number, built: EncodedRuns, pages: PageSink): ChunkMeta {
    const { runs, dictionaryLength, pageSize } = built;
    // A page of few runs is read in no time however many rows it has, and each page costs a zstd frame.
    const each = Math.ceil(rows / Math.ceil(runs.length / pageRows));
    pages.compressing = pageSize + runs.length * 3 >= tiny;
    const page = dictionary.page.bytes.subarray(0, pageSize);
    pages.add(pageTypes.dictionary, page, dictionaryLength, encodings.plain);
    const cursor = { run: 0, taken: 0 };
    for (let start = 0; start < rows; start += each) {
      const count = Math.min(rows - start, each);
      const size = encodeRuns(runs, cursor, count, dictionaryLength, scratch);
      pages.add(pageTypes.data, scratch.bytes.subarray(0, size), count, encodings.dictionary);
    }
    return pages.finish();
  }
}

/** Pages of one length, so that no few rows at the end cost a page of their own. */
function pageRowsOf(rows: number): number {
  const about = rows > 32_768 ? 16_384 : 8_192;
  return Math.ceil(rows / Math.max(1, Math.round(rows / about)));
}

class PageSink {
  compressing = true;
  readonly #parts: Uint8Array[];
  readonly #level: number;
  readonly #start: number;
  #at: number;
  #rawSize = 0;
  #dictionaryOffset = -1;
  #dataOffset = -1;

  constructor(parts: Uint8Array[], offset: number, level: number) {
    this.#parts = parts;
    this.#start = offset;
    this.#at = offset;
    this.#level = level;
  }

  /** Copies or compresses `raw`, which may be reused after. */
  add(type: number, raw: Uint8Array, count: number, encoding: number): void {
    const compressed = this.compressing ? compressZstd(raw, this.#level) : undefined;
    this.compressing &&= compressed !== undefined;
    const body = compressed ?? raw.slice();
    const header = encodePageHeader({
      type,
      rawSize: raw.length,
      size: body.length,
      crc: crc32(body),
      count,
      encoding,
    });
    if (type === pageTypes.dictionary) this.#dictionaryOffset = this.#at;
    else if (this.#dataOffset < 0) this.#dataOffset = this.#at;
    this.#parts.push(header, body);
    this.#at += header.length + body.length;
    this.#rawSize += header.length + raw.length;
  }

  finish(): ChunkMeta {
    return {
      dictionaryOffset: this.#dictionaryOffset,
      dataOffset: this.#dataOffset,
      size: this.#at - this.#start,
      rawSize: this.#rawSize,
      compressed: this.compressing,
    };
  }
}

function wordsOf(values: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

function asInt32(column: Column, data: ColumnData): Int32Array {
  if (data instanceof Int32Array) return data;
  if (data instanceof Uint32Array) {
    return new Int32Array(data.buffer, data.byteOffset, data.length);
  }
  if (
    data instanceof Int8Array ||
    data instanceof Uint8Array ||
    data instanceof Int16Array ||
    data instanceof Uint16Array
  ) {
    return Int32Array.from(data);
  }
  throw mismatch(column);
}

function asFloats(column: Column, data: ColumnData): Float32Array | Float64Array {
  if (column.type === "float32" && data instanceof Float32Array) return data;
  if (column.type === "float64" && data instanceof Float64Array) return data;
  throw mismatch(column);
}

function mismatch({ name, type }: Column): TypeError {
  return new TypeError(`Expected column ${name} as ${type} values`);
}
