import { NeuronError } from "./errors.ts";
import type { NeuronId } from "./model.ts";
import { NeuronRows, type RowRanges } from "./neuron-rows.ts";
import type { Chunk, Column, Footer } from "./parquet/footer.ts";
import { GroupReader } from "./parquet/group-reader.ts";
import type { ColumnData } from "./parquet/page.ts";
import type { Values } from "./parquet/values-decode.ts";
import type { Reader } from "./source.ts";

const WARM_GROUPS = 8;

/** Beyond this the rows are scattered so widely that a lookup is no use: rewrite the file first. */
const MAX_PIECES = 2 ** 25;

/** A Parquet table whose rows belong to neurons, and where the rows of each lie. */
export class NeuronTable {
  readonly footer: Footer;
  readonly idColumn: Column | undefined;
  readonly #reader: Reader;
  readonly #groups: (GroupReader | undefined)[] = [];
  readonly #groupRows: (NeuronRows | undefined)[] = [];
  #bounds: (Chunk | undefined)[] | undefined;
  #rows: NeuronRows | undefined;
  #sequences: ReadonlyMap<NeuronId, number> = new Map();
  /** Row groups whose decoded pages are kept, the latest last. */
  readonly #warm: number[] = [];

  constructor(reader: Reader, footer: Footer, idColumn: Column | undefined) {
    this.#reader = reader;
    this.footer = footer;
    this.idColumn = idColumn;
  }

  group(at: number): GroupReader {
    const known = this.#groups[at];
    if (known) return known;
    const group = new GroupReader(this.#reader, this.footer.groups.get(at));
    this.#groups[at] = group;
    return group;
  }

  /** Takes over a table that is known already, from a file of ours or a side index. */
  setRows(rows: NeuronRows, sequences: ReadonlyMap<NeuronId, number> = new Map()): void {
    this.#rows = rows;
    this.#sequences = sequences;
  }

  /** The first node id of a neuron whose ids are known to count up by one. */
  sequenceOf(id: NeuronId): number | undefined {
    return this.#sequences.get(id);
  }

  /** Every neuron that has rows, in the order in which the file first names it. */
  async rows(): Promise<NeuronRows> {
    if (this.#rows) return this.#rows;
    const rows = new NeuronRows(this.idColumn);
    for (let group = 0; group < this.footer.groups.length; group++) {
      rows.addAll(await this.#rowsIn(group));
      if (rows.pieces > MAX_PIECES) throw scattered();
    }
    this.#rows = rows;
    this.#groupRows.length = 0;
    return rows;
  }

  /** Rows of one neuron, reading only row groups whose minimum and maximum allow it. */
  async rowsOf(id: NeuronId): Promise<RowRanges | undefined> {
    if (this.#rows) return this.#rows.get(id);
    const found = new NeuronRows(this.idColumn);
    for (let group = 0; group < this.footer.groups.length; group++) {
      if (!this.#mayHold(group, id)) continue;
      const ranges = (await this.#rowsIn(group)).get(id) ?? [];
      for (let at = 0; at < ranges.length; at += 2) {
        found.add(id, ranges[at] as number, ranges[at + 1] as number);
      }
    }
    return found.get(id);
  }

  /**
   * Columns of rows `[start, end)` of the file, which may span row groups: one part for each. The arrays of the first part are those
   * of `into`, where they fit.
   */
  async read(
    columns: readonly Column[],
    start: number,
    end: number,
    into: readonly Values[] = [],
  ): Promise<ColumnData[][]> {
    const parts: ColumnData[][] = [];
    const { groups } = this.footer;
    for (let at = this.#groupAt(start); at < groups.length; at++) {
      const firstRow = groups.firstRow(at);
      if (firstRow >= end) break;
      const from = Math.max(start - firstRow, 0);
      const to = Math.min(end, groups.firstRow(at + 1)) - firstRow;
      if (from >= to) continue;
      parts.push(await this.group(at).read(columns, from, to, parts.length === 0 ? into : []));
      this.#keepWarm(at);
    }
    return parts;
  }

  #keepWarm(group: number): void {
    const at = this.#warm.indexOf(group);
    if (at >= 0) this.#warm.splice(at, 1);
    this.#warm.push(group);
    if (this.#warm.length <= WARM_GROUPS) return;
    const cold = this.#warm.shift() as number;
    if (!this.#groups[cold]?.release()) delete this.#groups[cold];
  }

  #groupAt(row: number): number {
    const { groups } = this.footer;
    let low = 0;
    let high = groups.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (groups.firstRow(middle + 1) <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #rowsIn(group: number): Promise<NeuronRows> {
    const known = this.#groupRows[group];
    if (known) return known;
    const { groups } = this.footer;
    const column = this.idColumn;
    const found = new NeuronRows(column);
    const end = groups.firstRow(group + 1);
    let row = groups.firstRow(group);
    if (!column) found.add("0", row, end);
    else if (row < end) {
      const idOf = idReader(column);
      await this.group(group).runs(column, (value, length) => {
        if (value === undefined) {
          throw new NeuronError("null-neuron", `column "${column.name}" holds null`, { row });
        }
        found.add(idOf(value), row, row + length);
        row += length;
        if (found.pieces > MAX_PIECES) throw scattered();
      });
    }
    this.#groupRows[group] = found;
    return found;
  }

  #mayHold(group: number, id: NeuronId): boolean {
    const column = this.idColumn;
    if (!column) return true;
    const { groups } = this.footer;
    this.#bounds ??= Array.from(
      { length: groups.length },
      (_, at) => groups.get(at).chunks[column.index],
    );
    const chunk = this.#bounds[group];
    return !chunk || within(column, chunk, id);
  }
}

function scattered(): NeuronError {
  return new NeuronError("too-large", `its neurons lie in over ${MAX_PIECES} pieces`);
}

/** How a stored value of the id column becomes an id. */
export function idReader(column: Column): (value: Values[number]) => NeuronId {
  const unsigned = column.annotation === "unsigned";
  switch (column.type) {
    case "INT32":
      return (value) => (unsigned ? BigInt.asUintN(32, BigInt(value)) : BigInt(value));
    case "INT64":
      return (value) => (unsigned ? BigInt.asUintN(64, BigInt(value)) : BigInt(value));
    case "FLOAT":
    case "DOUBLE":
      return Number;
    default:
      return String;
  }
}

/** Whether minimum and maximum leave room for `id`; numbers as numbers, texts by their bytes. */
function within(column: Column, { min, max }: Chunk, id: NeuronId): boolean {
  if (!min || !max) return true;
  const width = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 }[column.type as string];
  if (width !== undefined) {
    if (min.length !== width || max.length !== width || typeof id === "string") return true;
    const [low, high] = [numberAt(column, min), numberAt(column, max)];
    return !(id < low || id > high);
  }
  if (column.type !== "BYTE_ARRAY" || typeof id !== "string") return true;
  const bytes = new TextEncoder().encode(id);
  return compareBytes(min, bytes) <= 0 && compareBytes(bytes, max) <= 0;
}

function numberAt(column: Column, bytes: Uint8Array): bigint | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unsigned = column.annotation === "unsigned";
  switch (column.type) {
    case "INT32":
      return unsigned ? view.getUint32(0, true) : view.getInt32(0, true);
    case "INT64":
      return unsigned ? view.getBigUint64(0, true) : view.getBigInt64(0, true);
    case "FLOAT":
      return view.getFloat32(0, true);
    default:
      return view.getFloat64(0, true);
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
