import type { ArrayOf, CoordinateType, NumericType, Schema } from "@pocaduck/format";
import { type Int32Axes3, int32Axes } from "./box.ts";
import { type Cells, cellsOf, Growable } from "./growable.ts";
import { LabelGrouper, type LabelGroups } from "./label-groups.ts";
import type { CheckedRows } from "./rows.ts";
import { TextTable } from "./text-table.ts";

/** Points of a block from which a buffer is soon full. */
const largeBlock = 65_536;

/** Pairs that wait to be written: their points column by column, each pair's in one stretch. */
export class PairBuffer {
  readonly coordinates: Growable<CoordinateType>[];
  /** Strings as their numbers in {@link PairBuffer.texts}. */
  readonly attributes: Growable<NumericType>[];
  readonly texts: TextTable = new TextTable();
  /** Labels as 32-bit words, low first. */
  readonly labels: Growable<"uint32"> = new Growable("uint32");
  readonly blocks: Growable<"int32"> = new Growable("int32");
  readonly starts: Growable<"int32"> = new Growable("int32");
  readonly counts: Growable<"int32"> = new Growable("int32");
  /** Coordinates, then attributes. */
  readonly columns: readonly Growable<NumericType>[];
  pairs = 0;
  points = 0;
  /** Bytes of a point. */
  readonly rowSize: number;
  readonly #grouper = new LabelGrouper();
  readonly #capacity: number;
  #cursors = new Int32Array(1024);

  /** `capacity` is the bytes above which it takes no more blocks before it is emptied. */
  constructor(schema: Schema, capacity: number) {
    this.#capacity = capacity;
    this.coordinates = schema.axes.map(() => new Growable(schema.coordinates));
    this.attributes = Object.values(schema.attributes).map(
      (type) => new Growable<NumericType>(type === "string" ? "int32" : type),
    );
    this.columns = [...this.coordinates, ...this.attributes];
    this.rowSize = this.columns.reduce((size, { values }) => size + values.BYTES_PER_ELEMENT, 0);
  }

  get size(): number {
    return this.points * this.rowSize + this.pairs * 20;
  }

  /** Points of one label. */
  addPair(block: number, low: number, high: number, rows: CheckedRows): void {
    this.#reservePoints(rows.length);
    this.#reservePairs(1);
    const run = { runLabels: only, runCounts: Int32Array.of(rows.length), runs: 1 };
    this.#scatterAll(rows, run, run.runCounts, 1);
    this.#addPair(block, low, high, this.points, rows.length);
    this.points += rows.length;
  }

  /** Points of a whole block, a label each. */
  addBlock(block: number, labels: Uint32Array, rows: CheckedRows): void {
    const groups = this.#grouper.group(labels);
    this.#reservePoints(rows.length);
    this.#reservePairs(groups.length);
    this.#scatterAll(rows, groups, groups.counts, groups.length);
    const { words } = groups;
    for (let label = 0; label < groups.length; label++) {
      const count = groups.counts[label] as number;
      this.#addPair(
        block,
        words[2 * label] as number,
        words[2 * label + 1] as number,
        this.points,
        count,
      );
      this.points += count;
    }
  }

  samePair(a: number, b: number): boolean {
    const labels = this.labels.values;
    return (
      this.blocks.values[a] === this.blocks.values[b] &&
      labels[2 * a] === labels[2 * b] &&
      labels[2 * a + 1] === labels[2 * b + 1]
    );
  }

  /** Gives the first of some pairs the points of all, in one stretch behind all others. */
  join(pairs: Int32Array): void {
    const start = this.points;
    for (const pair of pairs) {
      const from = this.starts.values[pair] as number;
      const count = this.counts.values[pair] as number;
      this.#reservePoints(count);
      for (const { cells, width } of this.columns) {
        cells.copyWithin(this.points * width, from * width, (from + count) * width);
      }
      this.points += count;
    }
    const [first = 0] = pairs;
    this.starts.values[first] = start;
    this.counts.values[first] = this.points - start;
  }

  /** Moves the rows of a pair to the order of the first `count` entries of `rows`; what is beyond them is lost. */
  reorder(start: number, rows: Int32Array, count: number): void {
    for (const { cells, width } of this.columns) {
      const moved = cells.slice(0, count * width);
      for (let place = 0; place < count; place++) {
        const from = width * (start + (rows[place] as number));
        moved[width * place] = cells[from] as number;
        if (width === 2) moved[2 * place + 1] = cells[from + 1] as number;
      }
      cells.set(moved, start * width);
    }
  }

  clear(): void {
    this.pairs = 0;
    this.points = 0;
    this.texts.clear();
  }

  /** Moves each column's values, run by run, to their labels' stretches after the points there are. */
  #scatterAll(rows: CheckedRows, runs: Runs, counts: Int32Array, labels: number): void {
    if (this.#cursors.length < labels) this.#cursors = new Int32Array(labels * 2);
    const axes = int32Axes(this);
    this.#placeCursors(counts, labels);
    if (axes?.length === 3) {
      scatter3(rows.positions as Int32Array, axes as Int32Axes3, runs, this.#cursors);
    } else {
      const positions = cellsOf(rows.positions);
      for (const [axis, column] of this.coordinates.entries()) {
        if (axis > 0) this.#placeCursors(counts, labels);
        scatter(positions, axis, this.coordinates.length, column, runs, this.#cursors);
      }
    }
    for (const [at, column] of this.attributes.entries()) {
      const given = rows.attributes[at] as ArrayOf<NumericType> | readonly string[];
      const values = Array.isArray(given)
        ? Int32Array.from(given, (text) => this.texts.id(text))
        : cellsOf(given as ArrayOf<NumericType>);
      this.#placeCursors(counts, labels);
      scatter(values, 0, 1, column, runs, this.#cursors);
    }
  }

  #addPair(block: number, low: number, high: number, start: number, count: number): void {
    const { pairs } = this;
    this.labels.values[2 * pairs] = low;
    this.labels.values[2 * pairs + 1] = high;
    this.blocks.values[pairs] = block;
    this.starts.values[pairs] = start;
    this.counts.values[pairs] = count;
    this.pairs++;
  }

  #reservePairs(more: number): void {
    const { pairs } = this;
    this.labels.reserve(2 * (pairs + more), 2 * pairs);
    for (const column of [this.blocks, this.starts, this.counts]) {
      column.reserve(pairs + more, pairs);
    }
  }

  #reservePoints(more: number): void {
    // Large blocks get all the room there will ever be: what is not touched takes no memory.
    const room = more < largeBlock ? 0 : more + Math.ceil(this.#capacity / this.rowSize);
    for (const column of this.columns) {
      column.reserve(this.points + more, this.points, room);
    }
  }

  /** Each label's next free row. */
  #placeCursors(counts: Int32Array, labels: number): void {
    let at = this.points;
    for (let label = 0; label < labels; label++) {
      this.#cursors[label] = at;
      at += counts[label] as number;
    }
  }
}

type Runs = Pick<LabelGroups, "runLabels" | "runCounts" | "runs">;

const only = Int32Array.of(0);

/** Copies value `offset + row * stride` of `from`, run by run, to each label's next free rows. */
function scatter(
  from: Cells,
  offset: number,
  stride: number,
  { cells: to, width }: Growable<NumericType>,
  { runLabels, runCounts, runs }: Runs,
  cursors: Int32Array,
): void {
  let source = offset * width;
  const step = stride * width;
  for (let run = 0; run < runs; run++) {
    const label = runLabels[run] as number;
    const start = cursors[label] as number;
    const end = start + (runCounts[run] as number);
    cursors[label] = end;
    if (width === 1) {
      for (let target = start; target < end; target++, source += step) {
        to[target] = from[source] as number;
      }
    } else {
      for (let target = 2 * start; target < 2 * end; target += 2, source += step) {
        to[target] = from[source] as number;
        to[target + 1] = from[source + 1] as number;
      }
    }
  }
}

/** As {@link scatter} for three int32 axes at once. */
function scatter3(
  positions: Int32Array,
  [xs, ys, zs]: Int32Axes3,
  { runLabels, runCounts, runs }: Runs,
  cursors: Int32Array,
): void {
  let source = 0;
  for (let run = 0; run < runs; run++) {
    const label = runLabels[run] as number;
    let target = cursors[label] as number;
    const end = target + (runCounts[run] as number);
    cursors[label] = end;
    for (; target < end; target++, source += 3) {
      xs[target] = positions[source] as number;
      ys[target] = positions[source + 1] as number;
      zs[target] = positions[source + 2] as number;
    }
  }
}
