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

export interface WrittenChunk {
  readonly offset: number;
  readonly dictionarySize: number;
  readonly size: number;
  readonly rawSize: number;
  readonly rows: number;
  readonly pages: readonly WrittenPage[];
  readonly codec: number;
  /** Where {@link encodeIndexes} put this chunk's page indexes. */
  index?: { columnOffset: number; columnSize: number; offset: number; size: number };
}

export interface WrittenGroup {
  readonly rows: number;
  readonly chunks: readonly WrittenChunk[];
  readonly sortedBy?: number | undefined;
}

const TYPES = { BOOLEAN: 0, INT32: 1, INT64: 2, FLOAT: 4, DOUBLE: 5, BYTE_ARRAY: 6 } as const;

/** Column indexes of all chunks, then offset indexes, to stand at `offset` of the file. */
export function encodeIndexes(
  columns: readonly WriteColumn[],
  groups: readonly WrittenGroup[],
  offset: number,
): Uint8Array {
  const out = new ThriftWriter();
  for (const { chunks } of groups) {
    for (const [at, chunk] of chunks.entries()) {
      const before = out.bytes.length;
      columnIndex(out, columns[at] as WriteColumn, chunk.pages);
      const columnSize = out.bytes.length - before;
      chunk.index = { columnOffset: offset + before, columnSize, offset: 0, size: 0 };
    }
  }
  for (const { chunks } of groups) {
    for (const { pages, index } of chunks) {
      const before = out.bytes.length;
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
      if (index) Object.assign(index, { offset: offset + before, size: out.bytes.length - before });
    }
  }
  return out.bytes;
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

export function encodeFooter(
  columns: readonly WriteColumn[],
  groups: readonly WrittenGroup[],
  rows: number,
  keyValues: Iterable<readonly [string, string]>,
  createdBy: string,
): Uint8Array {
  const out = new ThriftWriter();
  const pairs = [...keyValues];
  out.item(() => {
    out.i32(1, 2);
    schema(out, columns);
    out.i64(3, rows);
    out.list(4, thrift.struct, groups.length);
    for (const [ordinal, written] of groups.entries()) group(out, columns, written, ordinal);
    out.list(5, thrift.struct, pairs.length);
    for (const [key, value] of pairs) {
      out.item(() => {
        out.text(1, key);
        out.text(2, value);
      });
    }
    out.text(6, createdBy);
    out.list(7, thrift.struct, columns.length);
    // Each column is ordered as its type defines.
    for (const _ of columns) out.item(() => out.struct(1, () => {}));
  });
  return out.bytes;
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
      writtenChunk(out, columns[at] as WriteColumn, chunk);
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

function writtenChunk(out: ThriftWriter, column: WriteColumn, chunk: WrittenChunk): void {
  const { index, pages, offset, dictionarySize } = chunk;
  const encodings = new Set([
    RLE,
    ...pages.map(({ encoding }) => encoding),
    ...(dictionarySize > 0 ? [PLAIN, RLE_DICTIONARY] : []),
  ]);
  out.item(() => {
    out.i64(2, 0);
    out.struct(3, () => {
      out.i32(1, TYPES[column.type]);
      out.listOfI32(2, [...encodings]);
      out.listOfText(3, [column.name]);
      out.i32(4, chunk.codec);
      out.i64(5, chunk.rows);
      out.i64(6, chunk.rawSize);
      out.i64(7, chunk.size);
      out.i64(9, offset + dictionarySize);
      if (dictionarySize > 0) out.i64(11, offset);
      statistics(out, column, pages);
    });
    if (!index) return;
    if (index.size > 0) {
      out.i64(4, index.offset);
      out.i32(5, index.size);
    }
    if (index.columnSize > 0) {
      out.i64(6, index.columnOffset);
      out.i32(7, index.columnSize);
    }
  });
}

function statistics(out: ThriftWriter, column: WriteColumn, pages: readonly WrittenPage[]): void {
  let nulls = 0;
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  const bounded = pages.every((page) => page.min || page.nulls === page.rows);
  for (const page of pages) {
    nulls += page.nulls;
    if (page.min && (!min || compareBounds(column, page.min, min) < 0)) min = page.min;
    if (page.max && (!max || compareBounds(column, page.max, max) > 0)) max = page.max;
  }
  out.struct(12, () => {
    out.i64(3, nulls);
    if (!bounded || !min || !max) return;
    out.binary(5, max);
    out.binary(6, min);
    out.bool(7, true);
    out.bool(8, true);
  });
}
