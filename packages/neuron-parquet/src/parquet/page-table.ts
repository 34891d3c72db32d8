import { NeuronError } from "../errors.ts";
import type { Reader } from "../source.ts";
import type { Chunk } from "./footer.ts";
import { type PageHeader, readPageHeader } from "./page.ts";
import { ThriftReader } from "./thrift-read.ts";

/** Where the data pages of one column chunk lie: offsets in the file, rows counted within the row group. */
export interface PageTable {
  readonly offsets: number[];
  readonly sizes: number[];
  readonly firstRows: number[];
  /** Bytes from the chunk's start that hold the dictionary page; 0 without one. */
  dictionarySize: number;
  /** How far the table reaches, in rows and as a place in the file: a hopped table grows as it is needed. */
  rows: number;
  next: number;
}

/** The table as the file's offset index gives it. */
export function tableFromIndex(bytes: Uint8Array, chunk: Chunk, rows: number): PageTable {
  const table = emptyTable(chunk);
  const reader = new ThriftReader(bytes);
  reader.struct((id) => {
    if (id !== 1) return false;
    reader.list(() => {
      let offset = -1;
      let size = 0;
      let firstRow = 0;
      reader.struct((field) => {
        if (field === 1) offset = reader.int();
        else if (field === 2) size = reader.int();
        else if (field === 3) firstRow = reader.int();
        else return false;
        return undefined;
      });
      const last = table.firstRows.at(-1);
      if (
        offset < chunk.offset ||
        offset + size > chunk.offset + chunk.size ||
        (last ?? -1) >= firstRow
      ) {
        throw new NeuronError("corrupt", "the page index points outside its column");
      }
      table.offsets.push(offset);
      table.sizes.push(size);
      table.firstRows.push(firstRow);
    });
    return undefined;
  });
  const [first] = table.offsets;
  if (first !== undefined) table.dictionarySize = first - chunk.offset;
  table.rows = rows;
  table.next = chunk.offset + chunk.size;
  return table;
}

export function emptyTable(chunk: Chunk): PageTable {
  return { offsets: [], sizes: [], firstRows: [], dictionarySize: 0, rows: 0, next: chunk.offset };
}

/** Adds the page whose header was read at `table.next`. */
function addPage(table: PageTable, chunk: Chunk, header: PageHeader): void {
  const size = header.headerSize + header.size;
  if (table.next + size > chunk.offset + chunk.size) {
    throw new NeuronError("corrupt", "a page reaches beyond its column");
  }
  if (header.kind === "dictionary") {
    if (table.offsets.length > 0)
      throw new NeuronError("corrupt", "a dictionary follows its pages");
    table.dictionarySize = table.next + size - chunk.offset;
  } else if (header.kind !== "other") {
    table.offsets.push(table.next);
    table.sizes.push(size);
    table.firstRows.push(table.rows);
    table.rows += header.count;
  }
  table.next += size;
}

/** Completes the table from the bytes of the whole chunk. */
export function tableFromChunk(bytes: Uint8Array, chunk: Chunk): PageTable {
  const table = emptyTable(chunk);
  while (table.next < chunk.offset + chunk.size && table.rows < chunk.values) {
    addPage(table, chunk, readPageHeader(bytes, table.next - chunk.offset));
  }
  return table;
}

const HEADER_BYTES = 512;
const MAX_HEADER_BYTES = 2 ** 20;
/** The first request of a chunk where requests are dear: it tells how large pages are. */
const FIRST_BYTES = 2 ** 18;
const SPAN_BYTES = 2 ** 22;

/** Bytes to ask for next: a header, or many pages at once where those are so small that a request each would take longer. */
function stretch(reader: Reader, table: PageTable, chunk: Chunk, row: number): number {
  const pages = table.offsets.length;
  const isFar = reader.gap > FIRST_BYTES;
  if (pages === 0) return isFar ? FIRST_BYTES : HEADER_BYTES;
  const size = (table.next - chunk.offset - table.dictionarySize) / pages;
  if (!isFar || size > reader.gap / 4) return HEADER_BYTES;
  const left = Math.ceil(((row + 1 - table.rows) / table.rows) * pages + 1) * size;
  return Math.max(HEADER_BYTES, Math.min(SPAN_BYTES, Math.ceil(left)));
}

/**
 * Grows the table to reach `row` by hopping from page header to page header: for a chunk of 200 MB without page index
 * that is some 200 small reads, where reading it would be 200 MB. Small pages of a file that is far off are fetched many at once.
 */
export async function hopTo(
  reader: Reader,
  table: PageTable,
  chunk: Chunk,
  row: number,
): Promise<void> {
  const end = chunk.offset + chunk.size;
  while (table.rows <= row && table.next < end) {
    reader.onSearch?.(table.rows, row);
    for (let want = stretch(reader, table, chunk, row); ; want *= 4) {
      const start = table.next;
      const bytes = await reader.read(start, Math.min(start + want, end));
      const known = table.offsets.length + table.dictionarySize;
      try {
        while (table.next < start + bytes.length && table.rows <= row) {
          addPage(table, chunk, readPageHeader(bytes, table.next - start));
        }
        break;
      } catch (error) {
        const cut = error instanceof NeuronError && error.code === "truncated";
        if (cut && table.offsets.length + table.dictionarySize > known) break;
        if (!cut || want >= MAX_HEADER_BYTES || start + want >= end) throw error;
      }
    }
  }
}

/** The pages that hold rows `[start, end)`, as indexes `[first, last)` into the table. */
export function pagesOf(
  table: PageTable,
  start: number,
  end: number,
): [first: number, last: number] {
  let low = 0;
  let high = table.firstRows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table.firstRows[middle] as number) <= start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < table.firstRows.length && (table.firstRows[last] as number) < end) last++;
  return [Math.max(0, low - 1), last];
}
