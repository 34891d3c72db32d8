import { join, type Piece, slice } from "./assemble.ts";
import type { RowRanges } from "./neuron-rows.ts";
import type { NeuronTable } from "./neuron-table.ts";
import type { Column } from "./parquet/footer.ts";
import type { ColumnData } from "./parquet/page.ts";
import type { Values } from "./parquet/values-decode.ts";

/** A row group up to this many rows is decoded at once, a larger one in windows of fewer rows. */
const MAX_GROUP_ROWS = 2 ** 20;
const WINDOW_ROWS = 2 ** 18;
const KEPT = 2;

interface Window {
  readonly start: number;
  readonly end: number;
}

/** Reads neurons in the file's order: each stretch of rows is fetched and decoded once, and few are kept. */
export class WindowReader {
  readonly #table: NeuronTable;
  readonly #columns: readonly Column[];
  readonly #ahead: boolean;
  readonly #windows: Window[] = [];
  readonly #decoded = new Map<number, Promise<ColumnData[]>>();
  /** Arrays of windows that are done with, to be filled again: a caller gets copies. */
  readonly #free: Values[][] = [];

  /** `ahead`: whether to fetch the next window while the caller works on this one. */
  constructor(table: NeuronTable, columns: readonly Column[], ahead: boolean) {
    this.#table = table;
    this.#columns = columns;
    this.#ahead = ahead;
    const { groups } = table.footer;
    for (let group = 0; group < groups.length; group++) {
      const firstRow = groups.firstRow(group);
      const rows = groups.firstRow(group + 1) - firstRow;
      const step = rows <= MAX_GROUP_ROWS ? Math.max(rows, 1) : WINDOW_ROWS;
      for (let at = 0; at < rows; at += step) {
        this.#windows.push({ start: firstRow + at, end: firstRow + Math.min(rows, at + step) });
      }
    }
  }

  /** One piece a column; none when there are no rows. */
  async read(ranges: RowRanges): Promise<Piece[]> {
    const parts: Piece[][] = this.#columns.map(() => []);
    for (let at = 0; at < ranges.length; at += 2) {
      const [start, end] = [ranges[at] as number, ranges[at + 1] as number];
      for (let index = this.#find(start); ; index++) {
        const window = this.#windows[index];
        if (!window || window.start >= end) break;
        const data = await this.#decode(index);
        const from = Math.max(start, window.start) - window.start;
        const to = Math.min(end, window.end) - window.start;
        for (const [column, piece] of data.entries()) parts[column]?.push(slice(piece, from, to));
      }
    }
    return ranges.length === 0 ? [] : parts.map(join);
  }

  #find(row: number): number {
    let low = 0;
    let high = this.#windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#windows[middle] as Window).end <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #decode(index: number): Promise<ColumnData[]> {
    const known = this.#decoded.get(index) ?? this.#start(index);
    if (this.#ahead && index + 1 < this.#windows.length && !this.#decoded.has(index + 1)) {
      // A failure shows when its window is asked for.
      this.#start(index + 1).catch(() => {});
    }
    return known;
  }

  #start(index: number): Promise<ColumnData[]> {
    const { start, end } = this.#windows[index] as Window;
    const reading = this.#table
      .read(this.#columns, start, end, this.#free.pop())
      .then((groups) => groups[0] ?? []);
    this.#decoded.set(index, reading);
    for (const old of this.#decoded.keys()) {
      if (this.#decoded.size <= KEPT) break;
      if (old !== index && old !== index - 1) this.#drop(old);
    }
    return reading;
  }

  #drop(index: number): void {
    this.#decoded.get(index)?.then(
      (data) => this.#free.push(data.map(({ values }) => values)),
      // Its reader was told.
      () => {},
    );
    this.#decoded.delete(index);
  }
}
