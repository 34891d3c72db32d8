import { NeuronError, placed } from "../errors.ts";
import { type Reader, readRanges } from "../source.ts";
import type { Chunk, Column, RowGroup } from "./footer.ts";
import {
  type ColumnData,
  decodeDictionary,
  decodePage,
  pageBody,
  pageRuns,
  readPageHeader,
} from "./page.ts";
import {
  emptyTable,
  hopTo,
  type PageTable,
  pagesOf,
  tableFromChunk,
  tableFromIndex,
} from "./page-table.ts";
import { allocate, type Values } from "./values-decode.ts";

/** A chunk up to this size is fetched whole when the file has no page index. */
const WHOLE_BYTES = 4 * 2 ** 20;

const NONE = { start: 0, end: 0 };

interface DecodedPage extends ColumnData {
  readonly firstRow: number;
}

/** What is known of one column chunk; decoded pages are kept one deep, for windows that cut a page. */
interface ChunkState {
  table?: PageTable;
  dictionary?: Values;
  last?: DecodedPage;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What one column still needs of the file; nothing when its pages are at hand. */
interface Request {
  readonly column: Column;
  readonly chunk: Chunk;
  readonly state: ChunkState;
  /** The page that `state.last` held when the request was planned; another read may replace it meanwhile. */
  readonly held: DecodedPage | undefined;
  readonly dictionary?: Range;
  readonly pages?: Range;
}

/** Reads rows of one row group, touching only the pages that hold them. Rows count from the group's first. */
export class GroupReader {
  readonly group: RowGroup;
  readonly #reader: Reader;
  readonly #states = new Map<number, ChunkState>();
  /** Page tables grow in place, so only one read at a time may extend them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(reader: Reader, group: RowGroup) {
    this.#reader = reader;
    this.group = group;
  }

  /** `into`: arrays to fill, one a column, where they are of the right kind and long enough. */
  async read(
    columns: readonly Column[],
    start: number,
    end: number,
    into: readonly Values[] = [],
  ): Promise<ColumnData[]> {
    if (start >= end) return columns.map((column) => ({ values: allocate(column, 0) }));
    const states = columns.map((column) => this.#state(column));
    await this.#inTurn(() => this.#locate(columns, states, start, end));
    const requests = columns.map((column, index) =>
      this.#request(column, states[index] as ChunkState, start, end),
    );
    const ranges = requests.flatMap(({ dictionary, pages }) => [dictionary ?? NONE, pages ?? NONE]);
    const fetched = await readRanges(this.#reader, ranges);
    return requests.map((request, index) => {
      const dictionary = fetched[index * 2] as Uint8Array;
      const values = room(request.column, end - start, into[index]);
      const pages = fetched[index * 2 + 1] as Uint8Array;
      return this.#decode(request, dictionary, pages, start, end, values);
    });
  }

  /** Calls `run` for each stretch of equal values of the whole column, unexpanded. */
  async runs(
    column: Column,
    run: (value: Values[number] | undefined, length: number) => void,
  ): Promise<void> {
    const chunk = this.#chunk(column);
    const bytes = await this.#reader.read(chunk.offset, chunk.offset + chunk.size);
    const table = tableFromChunk(bytes, chunk);
    const state = this.#state(column);
    state.table ??= table;
    this.#takeDictionary(column, chunk, state, table, bytes);
    for (let page = 0; page < table.offsets.length; page++) {
      const at = (table.offsets[page] as number) - chunk.offset;
      const header = readPageHeader(bytes, at);
      const body = pageBody(bytes, at, header);
      pageRuns(column, chunk.codec, header, body, state.dictionary, run);
    }
    if (table.rows !== this.group.rows) throw rowCount(column, table.rows, this.group.rows);
  }

  /** Forgets decoded pages and dictionaries, which are large; page tables stay. False when nothing does. */
  release(): boolean {
    for (const [column, state] of this.#states) {
      delete state.last;
      delete state.dictionary;
      if (!state.table) this.#states.delete(column);
    }
    return this.#states.size > 0;
  }

  /** Walks every page header, so that later reads need no hop; the tables are for a side index. */
  async pageTables(columns: readonly Column[]): Promise<PageTable[]> {
    const states = columns.map((column) => this.#state(column));
    const { rows } = this.group;
    await this.#inTurn(() => this.#locate(columns, states, rows - 1, rows, true));
    return states.map((state) => state.table as PageTable);
  }

  setPageTable(column: Column, table: PageTable): void {
    this.#state(column).table = table;
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(step);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #chunk(column: Column): Chunk {
    const chunk = this.group.chunks[column.index];
    if (!chunk) throw new NeuronError("corrupt", `column "${column.name}" has no chunk`);
    if (chunk.values !== this.group.rows && !column.nested) {
      throw rowCount(column, chunk.values, this.group.rows);
    }
    return chunk;
  }

  #state(column: Column): ChunkState {
    const known = this.#states.get(column.index);
    if (known) return known;
    const state: ChunkState = {};
    this.#states.set(column.index, state);
    return state;
  }

  /** Makes every page table reach row `end - 1`, as far as that is cheaper than reading the chunk. */
  async #locate(
    columns: readonly Column[],
    states: readonly ChunkState[],
    start: number,
    end: number,
    always = false,
  ): Promise<void> {
    const indexed = columns.flatMap((column, at) => {
      const { offsetIndex } = this.#chunk(column);
      const state = states[at] as ChunkState;
      return offsetIndex && !state.table ? [{ column, state, offsetIndex }] : [];
    });
    const whole = start === 0 && end === this.group.rows;
    if (!whole) {
      const bytes = await readRanges(
        this.#reader,
        indexed.map(({ offsetIndex: { offset, size } }) => ({ start: offset, end: offset + size })),
      );
      indexed.forEach(({ column, state }, at) => {
        const chunk = this.#chunk(column);
        state.table = tableFromIndex(bytes[at] as Uint8Array, chunk, this.group.rows);
      });
    }
    await Promise.all(
      columns.map(async (column, at) => {
        const chunk = this.#chunk(column);
        const state = states[at] as ChunkState;
        if (!state.table && !always && (whole || chunk.size <= WHOLE_BYTES)) return;
        state.table ??= emptyTable(chunk);
        await hopTo(this.#reader, state.table, chunk, end - 1);
      }),
    );
  }

  #request(column: Column, state: ChunkState, start: number, end: number): Request {
    const chunk = this.#chunk(column);
    const { table } = state;
    const base = { column, chunk, state, held: state.last };
    const chunkEnd = chunk.offset + chunk.size;
    if (!table) return { ...base, pages: { start: chunk.offset, end: chunkEnd } };
    const [found, last] = pagesOf(table, start, end);
    if (last <= found) throw rowCount(column, table.rows, end);
    const first = found + (state.last?.firstRow === table.firstRows[found] ? 1 : 0);
    const dictionary =
      table.dictionarySize > 0 && !state.dictionary
        ? { dictionary: { start: chunk.offset, end: chunk.offset + table.dictionarySize } }
        : {};
    if (first === last) return { ...base, ...dictionary };
    const from = table.offsets[first] as number;
    const to = (table.offsets[last - 1] as number) + (table.sizes[last - 1] as number);
    return { ...base, ...dictionary, pages: { start: from, end: to } };
  }

  #decode(
    request: Request,
    dictionary: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    values: Values,
  ): ColumnData {
    const { column, chunk, state } = request;
    const table = state.table ?? tableFromChunk(bytes, chunk);
    if (table.rows < end) throw rowCount(column, table.rows, end);
    this.#takeDictionary(column, chunk, state, table, state.table ? dictionary : bytes);
    // An offset index is at hand whenever it is asked for; 10^5 neurons have 10,000 chunks.
    if (!chunk.offsetIndex) state.table = table;
    let nulls: Uint8Array | undefined;
    const [first, last] = pagesOf(table, start, end);
    for (let index = first; index < last; index++) {
      const page = this.#page(request, table, index, bytes);
      const { firstRow } = page;
      const from = Math.max(start - firstRow, 0);
      const to = Math.min(end - firstRow, page.values.length);
      copy(page.values, values, from, to, firstRow + from - start);
      if (page.nulls) {
        nulls ??= new Uint8Array(end - start);
        nulls.set(page.nulls.subarray(from, to), firstRow + from - start);
      }
    }
    // A null elsewhere in a page is none of these rows.
    return nulls?.includes(1) ? { values, nulls } : { values };
  }

  #page(request: Request, table: PageTable, index: number, bytes: Uint8Array): DecodedPage {
    const { column, chunk, state } = request;
    const firstRow = table.firstRows[index] as number;
    if (request.held?.firstRow === firstRow) return request.held;
    const at = (table.offsets[index] as number) - (request.pages?.start ?? 0);
    const header = readPageHeader(bytes, at);
    try {
      const body = pageBody(bytes, at, header);
      const page = { ...decodePage(column, chunk.codec, header, body, state.dictionary), firstRow };
      const nextRow = table.firstRows[index + 1] ?? table.rows;
      if (page.values.length !== nextRow - firstRow) {
        throw rowCount(column, page.values.length, nextRow - firstRow);
      }
      if (nextRow < this.group.rows) state.last = page;
      return page;
    } catch (error) {
      throw placed(error, { row: this.group.firstRow + firstRow });
    }
  }

  #takeDictionary(
    column: Column,
    chunk: Chunk,
    state: ChunkState,
    table: PageTable,
    bytes: Uint8Array,
  ): void {
    if (table.dictionarySize === 0 || state.dictionary) return;
    const header = readPageHeader(bytes, 0);
    const body = pageBody(bytes, 0, header);
    state.dictionary = decodeDictionary(column, chunk.codec, header, body);
  }
}

/** The array to fill: `given` if it may serve, else a new one. */
function room(column: Column, length: number, given: Values | undefined): Values {
  if (!given || Array.isArray(given)) return allocate(column, length);
  const { buffer, BYTES_PER_ELEMENT } = given;
  if (buffer.byteLength < length * BYTES_PER_ELEMENT) return allocate(column, length);
  const kind = given.constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => Exclude<Values, string[]>;
  return new kind(buffer, 0, length);
}

function copy(from: Values, to: Values, start: number, end: number, at: number): void {
  if (Array.isArray(from) || Array.isArray(to)) {
    for (let index = start; index < end; index++) to[at + index - start] = from[index] as never;
  } else if (to instanceof BigInt64Array) to.set((from as BigInt64Array).subarray(start, end), at);
  else to.set((from as Float32Array).subarray(start, end), at);
}

function rowCount(column: Column, has: number, needs: number): NeuronError {
  return new NeuronError("corrupt", `column "${column.name}" has ${has} rows, needs ${needs}`);
}
