import type { EncodedPage } from "./page-encode.ts";
import { PLAIN, RLE, RLE_DICTIONARY } from "./page-encode.ts";
import { type Bounds, compareBounds } from "./statistics.ts";
import { thrift } from "./thrift-read.ts";
import { ThriftWriter } from "./thrift-write.ts";
import type { WriteColumn } from "./write-column.ts";

export interface WrittenPage extends EncodedPage {
  readonly offset: number;
  readonly size: number;
  readonly firstRow: number;
  readonly rows: number;
}

/** What the footer needs of a chunk; its pages are spelled out in {@link PageIndexes} at once, to keep no object each. */
export interface WrittenChunk extends Bounds {
  readonly offset: number;
  readonly dictionarySize: number;
  readonly size: number;
  readonly rawSize: number;
  readonly rows: number;
  readonly codec: number;
  readonly nulls: number;
  readonly encodings: readonly number[];
  readonly index: ChunkIndex;
}

/** Where the indexes of a chunk lie, counted within the column indexes and the offset indexes. */
interface ChunkIndex {
  readonly columnAt: number;
  readonly columnSize: number;
  readonly offsetAt: number;
  readonly offsetSize: number;
}

export interface WrittenGroup {
  readonly rows: number;
  readonly chunks: readonly WrittenChunk[];
  readonly sortedBy?: number | undefined;
}

const TYPES = { BOOLEAN: 0, INT32: 1, INT64: 2, FLOAT: 4, DOUBLE: 5, BYTE_ARRAY: 6 } as const;

/** Page indexes of all chunks, gathered while they are written: first the column indexes, then the offset indexes. */
export class PageIndexes {
  readonly #columns: ThriftWriter = new ThriftWriter();
  readonly #offsets: ThriftWriter = new ThriftWriter();

  add(column: WriteColumn, pages: readonly WrittenPage[]): ChunkIndex {
    const columnAt = this.#columns.length;
    columnIndex(this.#columns, column, pages);
    const out = this.#offsets;
    const offsetAt = out.length;
    out.item(() => {
      out.list(1, thrift.struct, pages.length);
      for (const page of pages) {
        out.item(() => {
          out.i64(1, page.offset);
          out.i32(2, page.size);
          out.i64(3, page.firstRow);
        });
      }
    });
    return {
      columnAt,
      columnSize: this.#columns.length - columnAt,
      offsetAt,
      offsetSize: out.length - offsetAt,
    };
  }

  get columnBytes(): Uint8Array {
    return this.#columns.bytes;
  }

  get offsetBytes(): Uint8Array {
    return this.#offsets.bytes;
  }
}

/** The footer's part of a chunk. */
export function chunkSummary(
  column: WriteColumn,
  pages: readonly WrittenPage[],
  hasDictionary: boolean,
): Bounds & { nulls: number; encodings: number[] } {
  let nulls = 0;
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  const bounded = pages.every((page) => page.min || page.nulls === page.rows);
  for (const page of pages) {
    nulls += page.nulls;
    if (page.min && (!min || compareBounds(column, page.min, min) < 0)) min = page.min;
    if (page.max && (!max || compareBounds(column, page.max, max) > 0)) max = page.max;
  }
  const used = pages.map(({ encoding }) => encoding);
  const encodings = [...new Set([RLE, ...used, ...(hasDictionary ? [PLAIN, RLE_DICTIONARY] : [])])];
  return { nulls, encodings, ...(bounded && min && max ? { min, max } : {}) };
}

function columnIndex(out: ThriftWriter, column: WriteColumn, pages: readonly WrittenPage[]): void {
  // A page without bounds that is not all null would lie in a column index: then there is none.
  if (pages.some(({ min, nulls, rows }) => !min && nulls < rows)) return;
  const none = new Uint8Array(0);
  out.item(() => {
    out.listOfBool(
      1,
      pages.map(({ nulls, rows }) => nulls === rows),
    );
    out.listOfBinary(
      2,
      pages.map(({ min }) => min ?? none),
    );
    out.listOfBinary(
      3,
      pages.map(({ max }) => max ?? none),
    );
    out.i32(4, ascends(column, pages) ? 1 : 0);
    out.listOfI64(
      5,
      pages.map(({ nulls }) => nulls),
    );
  });
}

function ascends(column: WriteColumn, pages: readonly Bounds[]): boolean {
  return pages.every(({ min, max }, at) => {
    const before = pages[at - 1];
    if (!min || !max) return false;
    if (!before?.min || !before.max) return at === 0;
    return (
      compareBounds(column, before.min, min) <= 0 && compareBounds(column, before.max, max) <= 0
    );
  });
}

/** Where in the file the column indexes and the offset indexes begin. */
export interface IndexPlaces {
  readonly columns: number;
  readonly offsets: number;
}

/** Key/value pairs are gathered in parts of this size: one buffer that doubles would take three times the room. */
const PART_BYTES = 2 ** 20;

/** Key/value pairs that are Thrift already, so that while neurons stream by each costs bytes rather than objects. */
export class SpelledPairs {
  readonly #writer: ThriftWriter = new ThriftWriter();
  readonly #parts: Uint8Array[] = [];
  count = 0;

  add(key: string, value: string): void {
    this.#writer.pair(key, value);
    this.count++;
    if (this.#writer.length > PART_BYTES) this.#parts.push(this.#writer.take());
  }

  parts(): Uint8Array[] {
    return [...this.#parts, this.#writer.bytes.slice()];
  }
}

/** In parts, to be written one after the other. */
export function encodeFooter(
  columns: readonly WriteColumn[],
  groups: Iterable<WrittenGroup> & { readonly length: number },
  rows: number,
  indexes: IndexPlaces,
  keyValues: Iterable<readonly [string, string]>,
  createdBy: string,
  spelled?: SpelledPairs,
): Uint8Array[] {
  // Spelled before they are counted, since 140,000 neurons would make half a million objects.
  const pairs = new ThriftWriter();
  const parts: Uint8Array[] = [];
  let count = 0;
  for (const [key, value] of keyValues) {
    count++;
    pairs.pair(key, value);
    if (pairs.length > PART_BYTES) parts.push(pairs.take());
  }
  parts.push(pairs.take());
  if (spelled) {
    count += spelled.count;
    parts.push(...spelled.parts());
  }
  const before = new ThriftWriter();
  before.start();
  before.i32(1, 2);
  schema(before, columns);
  before.i64(3, rows);
  before.list(4, thrift.struct, groups.length);
  let ordinal = 0;
  for (const written of groups) group(before, columns, written, indexes, ordinal++);
  before.list(5, thrift.struct, count);
  const after = before.continued();
  after.text(6, createdBy);
  after.list(7, thrift.struct, columns.length);
  // Each column is ordered as its type defines.
  for (const _ of columns) after.item(() => after.struct(1, () => {}));
  after.end();
  return [before.bytes, ...parts, after.bytes];
}

function schema(out: ThriftWriter, columns: readonly WriteColumn[]): void {
  out.list(2, thrift.struct, columns.length + 1);
  out.item(() => {
    out.text(4, "schema");
    out.i32(5, columns.length);
  });
  for (const { name, type, optional = false, annotation } of columns) {
    out.item(() => {
      out.i32(1, TYPES[type]);
      out.i32(3, optional ? 1 : 0);
      out.text(4, name);
      if (annotation === "text") {
        out.i32(6, 0);
        out.struct(10, () => out.struct(1, () => {}));
      } else if (annotation === "unsigned") {
        out.i32(6, type === "INT64" ? 14 : 13);
        out.struct(10, () => out.struct(10, () => integer(out, type === "INT64" ? 64 : 32)));
      }
    });
  }
}

function integer(out: ThriftWriter, bits: number): void {
  out.byteField(1, bits);
  out.bool(2, false);
}

function group(
  out: ThriftWriter,
  columns: readonly WriteColumn[],
  { rows, chunks, sortedBy }: WrittenGroup,
  indexes: IndexPlaces,
  ordinal: number,
): void {
  let raw = 0;
  let stored = 0;
  for (const { rawSize, size } of chunks) {
    raw += rawSize;
    stored += size;
  }
  out.item(() => {
    out.list(1, thrift.struct, chunks.length);
    for (const [at, chunk] of chunks.entries())
      writtenChunk(out, columns[at] as WriteColumn, chunk, indexes);
    out.i64(2, raw);
    out.i64(3, rows);
    if (sortedBy !== undefined) {
      out.list(4, thrift.struct, 1);
      out.item(() => {
        out.i32(1, sortedBy);
        out.bool(2, false);
        out.bool(3, false);
      });
    }
    out.i64(5, chunks[0]?.offset ?? 4);
    out.i64(6, stored);
    if (ordinal < 2 ** 15) out.i16(7, ordinal);
  });
}

function writtenChunk(
  out: ThriftWriter,
  column: WriteColumn,
  chunk: WrittenChunk,
  at: IndexPlaces,
): void {
  const { index, offset, dictionarySize } = chunk;
  out.item(() => {
    out.i64(2, 0);
    out.struct(3, () => {
      out.i32(1, TYPES[column.type]);
      out.listOfI32(2, chunk.encodings);
      out.listOfText(3, [column.name]);
      out.i32(4, chunk.codec);
      out.i64(5, chunk.rows);
      out.i64(6, chunk.rawSize);
      out.i64(7, chunk.size);
      out.i64(9, offset + dictionarySize);
      if (dictionarySize > 0) out.i64(11, offset);
      const { nulls, min, max } = chunk;
      out.struct(12, () => {
        out.i64(3, nulls);
        if (!min || !max) return;
        out.binary(5, max);
        out.binary(6, min);
        out.bool(7, true);
        out.bool(8, true);
      });
    });
    out.i64(4, at.offsets + index.offsetAt);
    out.i32(5, index.offsetSize);
    if (index.columnSize > 0) {
      out.i64(6, at.columns + index.columnAt);
      out.i32(7, index.columnSize);
    }
  });
}
