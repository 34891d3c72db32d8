import { type Column, type NumericArray, newArray } from "../column-type.ts";
import { crc32 } from "../crc32.ts";
import { FormatError } from "../errors.ts";
import type { GroupPointer } from "../leaf.ts";
import { ByteReader } from "../varint.ts";
import { decodeByteSplit } from "./byte-split.ts";
import { encodings, pageTypes, physicalTypes } from "./constants.ts";
import { decodeDelta } from "./delta-decode.ts";
import { decodePageHeader, type PageHeader } from "./page-header.ts";
import { decodeRuns } from "./runs-decode.ts";
import type { EntryRuns } from "./runs-encode.ts";
import { decompressZstd } from "./zstd.ts";

interface Page extends PageHeader {
  /** Where its bytes start in the row group. */
  at: number;
  /** Rows of the column before it. */
  row: number;
}

interface Chunk {
  dictionary?: Page;
  pages: Page[];
}

/** A row group of ours, read from its own bytes: no footer needed. Everything malformed is a `corrupt` error. */
export class RowGroup {
  readonly rows: number;
  /** Bytes. */
  readonly size: number;
  readonly #columns: readonly Column[];
  readonly #bytes: Uint8Array;
  readonly #pointer: GroupPointer;
  readonly #key: string;
  readonly #chunks: Chunk[];
  readonly #dictionaries: (Uint8Array | undefined)[] = [];

  /** @throws {FormatError} `corrupt` unless `bytes` are those that `pointer` tells of. */
  constructor(columns: readonly Column[], bytes: Uint8Array, pointer: GroupPointer, key: string) {
    this.rows = pointer.rows;
    this.size = pointer.size;
    this.#columns = columns;
    // A plain Uint8Array: the slice of a Buffer, which Node's readers return, would alias other bytes.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#pointer = pointer;
    this.#key = key;
    if (bytes.length !== pointer.size) {
      throw this.#corrupt(`holds ${bytes.length} bytes, the index says ${pointer.size}`);
    }
    const crc = crc32(bytes);
    if (crc !== pointer.crc >>> 0) {
      throw this.#corrupt(`has CRC-32 ${crc}, the index says ${pointer.crc >>> 0}`);
    }
    this.#chunks = this.#guard(() => this.#walk());
  }

  /** Rows `[start, end)` of a numeric column, to `target[at + i * stride]`; `target` is of the column's type. */
  numbers(
    column: number,
    start: number,
    end: number,
    target: NumericArray,
    at = 0,
    stride = 1,
  ): void {
    this.#assertRows(start, end);
    this.#guard(() => {
      const { type } = this.#columns[column] as Column;
      const { encoding } = physicalTypes[type];
      if (encoding === encodings.dictionary) {
        this.#spread(column, start, end, target, at, stride);
      } else if (target instanceof Float32Array || target instanceof Float64Array) {
        this.#eachPage(column, start, end, (bytes, page, from, to) => {
          const place = at + (page.row + from - start) * stride;
          decodeByteSplit(bytes, page.count, from, to, target, place, stride);
        });
      } else if (target instanceof Int32Array) {
        this.#deltas(column, start, end, target, at, stride);
      } else {
        const values = newArray("int32", end - start);
        this.#deltas(column, start, end, values, 0, 1);
        for (let i = 0; i < values.length; i++) target[at + i * stride] = values[i] as number;
      }
    });
  }

  /** The runs of equal values of a 64-bit or text column over rows `[start, end)`; neighbours may be equal. */
  runs(column: number, start: number, end: number): EntryRuns {
    this.#assertRows(start, end);
    return this.#guard(() => {
      const length = end - start;
      const runs = { entries: new Int32Array(length), counts: new Int32Array(length), length: 0 };
      const entries = this.#chunks[column]?.dictionary?.count ?? 0;
      this.#eachPage(column, start, end, (bytes, _, from, to) => {
        decodeRuns(bytes, entries, from, to, runs);
      });
      return runs;
    });
  }

  /** Rows `[start, end)` of a string column. */
  strings(column: number, start: number, end: number): string[] {
    const decoder = new TextDecoder();
    const values = this.dictionaryTexts(column).map((text) => decoder.decode(text));
    const { entries, counts, length } = this.runs(column, start, end);
    const all: string[] = [];
    for (let run = 0; run < length; run++) {
      const value = values[entries[run] as number] as string;
      for (let left = counts[run] as number; left > 0; left--) all.push(value);
    }
    return all;
  }

  /** The dictionary of a uint64 column, in entry order. */
  dictionary64(column: number): BigUint64Array<ArrayBuffer> {
    return this.#guard(() => {
      const bytes = this.#dictionary(column);
      const count = this.#chunks[column]?.dictionary?.count ?? 0;
      if (bytes.length !== count * 8) throw new RangeError("a dictionary of another size");
      return new BigUint64Array(bytes.slice().buffer);
    });
  }

  /** The dictionary of a string or bytes column, in entry order; views of one buffer. */
  dictionaryTexts(column: number): Uint8Array[] {
    return this.#guard(() => {
      const bytes = this.#dictionary(column);
      const reader = new ByteReader(bytes);
      const count = this.#chunks[column]?.dictionary?.count ?? 0;
      const texts: Uint8Array[] = [];
      while (texts.length < count) {
        const length = reader.uint32();
        const at = reader.at;
        reader.skip(length);
        texts.push(bytes.subarray(at, at + length));
      }
      return texts;
    });
  }

  #walk(): Chunk[] {
    const reader = new ByteReader(this.#bytes);
    const chunks = this.#columns.map(({ type }) => {
      const { encoding } = physicalTypes[type];
      const chunk: Chunk = { pages: [] };
      for (let row = 0; row < this.rows; ) {
        const header = decodePageHeader(reader);
        const page = { ...header, at: reader.at, row };
        reader.skip(header.size);
        if (header.size < 0 || header.rawSize < 0) throw new RangeError("a page of negative size");
        if (header.type === pageTypes.dictionary && row === 0 && !chunk.dictionary) {
          chunk.dictionary = page;
          continue;
        }
        if (header.type !== pageTypes.data || header.encoding !== encoding || header.count < 1) {
          throw new RangeError("a page of another kind");
        }
        chunk.pages.push(page);
        row += header.count;
        if (row > this.rows) throw new RangeError("more values than rows");
      }
      return chunk;
    });
    if (!reader.done) throw new RangeError("bytes after the last page");
    return chunks;
  }

  #deltas(
    column: number,
    start: number,
    end: number,
    target: Int32Array,
    at: number,
    stride: number,
  ): void {
    this.#eachPage(column, start, end, (bytes, page, from, to) => {
      const place = at + (page.row + from - start) * stride;
      decodeDelta(bytes, page.count, from, to, target, place, stride);
    });
  }

  #spread(
    column: number,
    start: number,
    end: number,
    target: NumericArray,
    at: number,
    stride: number,
  ): void {
    const { entries, counts, length } = this.runs(column, start, end);
    const values = new Uint32Array(this.dictionary64(column).buffer);
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length * 2);
    let place = at * 2;
    for (let run = 0; run < length; run++) {
      const entry = (entries[run] as number) * 2;
      const low = values[entry] as number;
      const high = values[entry + 1] as number;
      for (let left = counts[run] as number; left > 0; left--) {
        words[place] = low;
        words[place + 1] = high;
        place += stride * 2;
      }
    }
  }

  /** Calls `read` with the raw bytes of each page that holds rows of `[start, end)`, and which of its rows. */
  #eachPage(
    column: number,
    start: number,
    end: number,
    read: (bytes: Uint8Array, page: Page, from: number, to: number) => void,
  ): void {
    for (const page of this.#chunks[column]?.pages ?? []) {
      const from = Math.max(start - page.row, 0);
      const to = Math.min(end - page.row, page.count);
      if (from < to) read(this.#raw(column, page), page, from, to);
    }
  }

  #dictionary(column: number): Uint8Array {
    const page = this.#chunks[column]?.dictionary;
    if (!page) throw new RangeError("no dictionary");
    const bytes = this.#dictionaries[column] ?? this.#raw(column, page);
    this.#dictionaries[column] = bytes;
    return bytes;
  }

  #raw(column: number, page: Page): Uint8Array {
    const bytes = this.#bytes.subarray(page.at, page.at + page.size);
    const compressed = Math.floor(this.#pointer.codecs / 2 ** column) % 2 === 1;
    return compressed ? decompressZstd(bytes, page.rawSize) : bytes;
  }

  #assertRows(start: number, end: number): void {
    if (start < 0 || end < start || end > this.rows) {
      throw this.#corrupt(`has ${this.rows} rows, the index asks for [${start}, ${end})`);
    }
  }

  #guard<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw this.#corrupt(`is malformed: ${reason}`, { cause });
    }
  }

  #corrupt(reason: string, options?: ErrorOptions): FormatError {
    const { offset } = this.#pointer;
    return new FormatError("corrupt", this.#key, `row group at ${offset} ${reason}`, options);
  }
}
