import { ByteBuffer } from "./byte-buffer.ts";
import type { Compressor } from "./compress.ts";
import { crc32 } from "./crc32.ts";
import { buildDictionary, DictionaryCursor } from "./dictionary-encode.ts";
import {
  chunkSummary,
  encodeFooter,
  PageIndexes,
  type SpelledPairs,
  type WrittenChunk,
  type WrittenPage,
} from "./footer-encode.ts";
import { type EncodedPage, encodePage, PLAIN } from "./page-encode.ts";
import { ThriftWriter } from "./thrift-write.ts";
import type { WriteColumn, WriteData } from "./write-column.ts";
import { WrittenGroups } from "./written-groups.ts";

/** Takes bytes in order; whoever made it opens and closes it. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

const MAGIC = Uint8Array.of(80, 65, 82, 49);

export interface GroupOptions {
  /** Column by which the rows of this group ascend, if they do. */
  readonly sortedBy?: number | undefined;
}

/** Writes one Parquet table, a row group at a time, keeping only its footer in memory. */
export class TableWriter {
  readonly #write: WriteBytes;
  readonly #columns: readonly WriteColumn[];
  readonly #compressor: Compressor;
  readonly #pageRows: number;
  readonly #groups: WrittenGroups;
  readonly #indexes: PageIndexes = new PageIndexes();
  readonly #page: ByteBuffer = new ByteBuffer();
  #offset = 0;
  #rows = 0;

  constructor(
    write: WriteBytes,
    columns: readonly WriteColumn[],
    compressor: Compressor,
    pageRows: number,
  ) {
    this.#write = write;
    this.#columns = columns;
    this.#groups = new WrittenGroups(columns.length);
    this.#compressor = compressor;
    this.#pageRows = pageRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#offset;
  }

  async group(
    data: readonly WriteData[],
    rows: number,
    { sortedBy }: GroupOptions = {},
  ): Promise<void> {
    if (this.#offset === 0) await this.raw(MAGIC);
    const parts: Uint8Array[] = [];
    const chunks: WrittenChunk[] = [];
    let offset = this.#offset;
    for (const [index, column] of this.#columns.entries()) {
      const chunk = await this.#chunk(column, data[index] as WriteData, rows, offset, parts);
      chunks.push(chunk);
      offset += chunk.size;
    }
    this.#groups.add({ rows, chunks, sortedBy });
    this.#rows += rows;
    // One write for the group: chunks of one neuron column are a few hundred bytes.
    await this.raw(joined(parts, offset - this.#offset));
  }

  /** Bytes that belong to no row group; readers of Parquet step over them. */
  async raw(bytes: Uint8Array): Promise<void> {
    await this.#write(bytes);
    this.#offset += bytes.length;
  }

  /** Writes page indexes and footer. */
  async end(
    keyValues: Iterable<readonly [string, string]>,
    createdBy: string,
    spelled?: SpelledPairs,
  ): Promise<void> {
    if (this.#offset === 0) await this.raw(MAGIC);
    const columns = this.#offset;
    await this.raw(this.#indexes.columnBytes);
    const offsets = this.#offset;
    await this.raw(this.#indexes.offsetBytes);
    const places = { columns, offsets };
    const parts = encodeFooter(
      this.#columns,
      this.#groups,
      this.#rows,
      places,
      keyValues,
      createdBy,
      spelled,
    );
    let length = 0;
    for (const part of parts) {
      length += part.length;
      await this.raw(part);
    }
    const end = new Uint8Array(8);
    new DataView(end.buffer).setUint32(0, length, true);
    end.set(MAGIC, 4);
    await this.raw(end);
  }

  async #chunk(
    column: WriteColumn,
    data: WriteData,
    rows: number,
    offset: number,
    parts: Uint8Array[],
  ): Promise<WrittenChunk> {
    const pages: WrittenPage[] = [];
    const dictionary = column.encoding === "dictionary" ? buildDictionary(column, data) : undefined;
    let dictionarySize = 0;
    let rawSize = 0;
    let size = 0;
    const push = async (
      raw: Uint8Array,
      header: (out: ThriftWriter) => void,
      type: number,
    ): Promise<number> => {
      const compressing = this.#compressor.run(raw);
      const body = compressing instanceof Uint8Array ? compressing : await compressing;
      const thrift = new ThriftWriter();
      thrift.item(() => {
        thrift.i32(1, type);
        thrift.i32(2, raw.length);
        thrift.i32(3, body.length);
        // Signed, as the format has it.
        thrift.i32(4, crc32(body) | 0);
        header(thrift);
      });
      const head = thrift.bytes.slice();
      parts.push(head, body);
      rawSize += head.length + raw.length;
      size += head.length + body.length;
      return head.length + body.length;
    };
    if (dictionary) {
      dictionarySize = await push(
        dictionary.plain,
        (out) =>
          out.struct(7, () => {
            out.i32(1, dictionary.items.length);
            out.i32(2, PLAIN);
          }),
        2,
      );
    }
    const cursor = dictionary && new DictionaryCursor(dictionary);
    for (let from = 0; from < rows; from += this.#pageRows) {
      const to = Math.min(rows, from + this.#pageRows);
      this.#page.clear();
      const page: EncodedPage = cursor
        ? cursor.encode(this.#page, to - from)
        : encodePage(this.#page, column, data, from, to);
      const at = offset + size;
      const length = await push(
        this.#page.view(),
        (out) =>
          out.struct(5, () => {
            out.i32(1, to - from);
            out.i32(2, page.encoding);
            out.i32(3, 3);
            out.i32(4, 3);
          }),
        0,
      );
      pages.push({ ...page, offset: at, size: length, firstRow: from, rows: to - from });
    }
    const summary = chunkSummary(column, pages, dictionary !== undefined);
    const index = this.#indexes.add(column, pages);
    const { code: codec } = this.#compressor;
    return { offset, dictionarySize, size, rawSize, rows, codec, index, ...summary };
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
