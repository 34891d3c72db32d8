import type { ColumnData, NumericType, Schema } from "@pocaduck/format";
import { Growable } from "./growable.ts";
import type { PairBuffer } from "./pair-buffer.ts";

/** Rows at which a row group closes at the latest. */
const maxGroupRows = 131_072;
const minGroupRows = 16_384;
const targetGroupSize = 48 << 10;

/** The rows of the row group being gathered, and the pairs they belong to. */
export class RowGroupBuffer {
  rows = 0;
  pairs = 0;
  /** Rows at which the next row group closes. */
  target: number = minGroupRows;
  /** Rows that made about 48 KB last time. */
  #wanted: number = minGroupRows;
  readonly labels: Growable<"uint64"> = new Growable("uint64");
  readonly blocks: Growable<"int32"> = new Growable("int32");
  readonly counts: Growable<"int32"> = new Growable("int32");
  /** Those of a {@link PairBuffer}. */
  readonly columns: readonly Growable<NumericType>[];
  readonly #isText: boolean[];

  constructor(schema: Schema, buffer: PairBuffer) {
    this.columns = buffer.columns.map(({ type }) => new Growable(type));
    this.#isText = [
      ...schema.axes.map(() => false),
      ...Object.values(schema.attributes).map((type) => type === "string"),
    ];
  }

  /**
   * Takes rows of `buffer`, which belong to one pair: those that the first `count` entries of `rows` name, counted from
   * `start`, or without them the `count` rows from there.
   */
  add(buffer: PairBuffer, pair: number, start: number, count: number, rows?: Int32Array): void {
    for (let at = 0; at < this.columns.length; at++) {
      const to = this.columns[at] as Growable<NumericType>;
      const from = buffer.columns[at] as Growable<NumericType>;
      to.reserve(this.rows + count, this.rows);
      if (rows) gather(from, start, rows, count, to, this.rows);
      else copy(from, start, count, to, this.rows);
    }
    const { labels, blocks, counts, pairs } = this;
    labels.reserve(pairs + 1, pairs);
    blocks.reserve(pairs + 1, pairs);
    counts.reserve(pairs + 1, pairs);
    labels.cells[2 * pairs] = buffer.labels.values[2 * pair] as number;
    labels.cells[2 * pairs + 1] = buffer.labels.values[2 * pair + 1] as number;
    blocks.values[pairs] = buffer.blocks.values[pair] as number;
    counts.values[pairs] = count;
    this.pairs++;
    this.rows += count;
  }

  /** The columns of a points file, for the encoder. */
  data(blockTexts: readonly Uint8Array[], texts: readonly Uint8Array[]): ColumnData[] {
    const { pairs: length } = this;
    const counts = this.counts.values;
    return [
      { values: this.labels.values, counts, length },
      { ids: this.blocks.values, texts: blockTexts, counts, length },
      ...this.columns.map((column, at): ColumnData => {
        if (!this.#isText[at]) return column.values;
        return { ids: column.values as Int32Array, texts, length: this.rows };
      }),
    ];
  }

  /** Spreads the `points` of a flush over row groups of one size, so that none is left with a few. */
  divide(points: number): void {
    const groups = Math.max(1, Math.round(points / this.#wanted));
    this.target = Math.min(Math.ceil(points / groups), maxGroupRows);
  }

  /** Whether to close it before `count` more rows of one pair: it is full, or holds enough not to split them. */
  closesBefore(count: number): boolean {
    if (this.rows >= this.target) return true;
    const splits = count > this.target || this.rows < this.target * 0.75;
    return this.rows + count > this.target && !splits;
  }

  /** Empties it; `size` is what its rows came to. */
  close(size: number): void {
    const rows = Math.round((targetGroupSize * this.rows) / size);
    this.#wanted = Math.min(Math.max(rows, minGroupRows), maxGroupRows);
    this.rows = 0;
    this.pairs = 0;
  }
}

function copy(
  { cells: from, width }: Growable<NumericType>,
  start: number,
  count: number,
  { cells: to }: Growable<NumericType>,
  at: number,
): void {
  const source = start * width;
  const target = at * width;
  const length = count * width;
  if (count < 48) {
    for (let cell = 0; cell < length; cell++) to[target + cell] = from[source + cell] as number;
  } else {
    to.set(from.subarray(source, source + length), target);
  }
}

function gather(
  { cells: from, width }: Growable<NumericType>,
  start: number,
  rows: Int32Array,
  count: number,
  { cells: to }: Growable<NumericType>,
  at: number,
): void {
  if (width === 1) {
    for (let place = 0; place < count; place++) {
      to[at + place] = from[start + (rows[place] as number)] as number;
    }
  } else {
    for (let place = 0; place < count; place++) {
      const row = 2 * (start + (rows[place] as number));
      to[2 * (at + place)] = from[row] as number;
      to[2 * (at + place) + 1] = from[row + 1] as number;
    }
  }
}
