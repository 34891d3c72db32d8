import type { NumericType, Schema } from "@pocaduck/format";
import type { BlockTally } from "./block-tally.ts";
import { Box, int32Axes } from "./box.ts";
import { type DigestColumn, digestRows } from "./digest.ts";
import type { Growable } from "./growable.ts";
import type { PairBuffer } from "./pair-buffer.ts";
import { rasterOrder } from "./raster-order.ts";
import type { RowGroupBuffer } from "./row-group-buffer.ts";

/** Moves pairs of a flush, put in order, to the row group being gathered. */
export class PairMover {
  readonly #buffer: PairBuffer;
  readonly #group: RowGroupBuffer;
  readonly #tally: BlockTally;
  readonly #keepDuplicates: boolean;
  readonly #asFound: readonly DigestColumn[];
  readonly #asMoved: readonly DigestColumn[];
  readonly #box: Box;
  #axes: readonly Int32Array[] | undefined;

  constructor(
    schema: Schema,
    buffer: PairBuffer,
    group: RowGroupBuffer,
    tally: BlockTally,
    keepDuplicates: boolean,
  ) {
    this.#buffer = buffer;
    this.#group = group;
    this.#tally = tally;
    this.#keepDuplicates = keepDuplicates;
    const isText = [
      ...schema.axes.map(() => false),
      ...Object.values(schema.attributes).map((type) => type === "string"),
    ];
    const digested = (columns: readonly Growable<NumericType>[]): DigestColumn[] =>
      columns.map((column, at) => (isText[at] ? { column, sums: buffer.texts.sums } : { column }));
    this.#asFound = digested(buffer.columns);
    this.#asMoved = digested(group.columns);
    this.#box = new Box(schema.axes.length);
    this.#axes = int32Axes(buffer);
  }

  /** Joins the entries of one pair, which the first of them stands for from here on. */
  join(entries: Int32Array): void {
    this.#buffer.join(entries);
    this.#axes = int32Axes(this.#buffer);
  }

  /**
   * Moves a pair that the row group has room for as a whole. Otherwise its rows stay in the buffer, in order and from
   * its start on, and it returns how many they are.
   */
  move(pair: number): number {
    const buffer = this.#buffer;
    const group = this.#group;
    const start = buffer.starts.values[pair] as number;
    const found = buffer.counts.values[pair] as number;
    const { rows, count } = rasterOrder(
      buffer,
      this.#axes,
      this.#box,
      start,
      found,
      this.#keepDuplicates,
    );
    const fits = found <= group.target - group.rows;
    if (fits) group.add(buffer, pair, start, count, rows);
    else if (rows) buffer.reorder(start, rows, count);
    const digest = fits
      ? digestRows(this.#asMoved, group.rows - count, count)
      : digestRows(this.#asFound, start, count);
    this.#tally.add(buffer, pair, count, this.#box, digest);
    return fits ? 0 : count;
  }
}
