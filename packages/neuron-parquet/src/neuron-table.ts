import { NeuronError } from "./errors.ts";
import type { NeuronId } from "./model.ts";
import type { Chunk, Column, Footer } from "./parquet/footer.ts";
import { GroupReader } from "./parquet/group-reader.ts";
import type { ColumnData } from "./parquet/page.ts";
import type { Values } from "./parquet/values-decode.ts";
import type { Reader } from "./source.ts";

/** Row ranges of one neuron in the file, as start, end, start, end, …; usually one range. */
export type RowRanges = readonly number[];

interface GroupRuns {
  readonly ids: readonly NeuronId[];
  /** End row of each run, counted in the file. */
  readonly ends: readonly number[];
  byId?: Map<NeuronId, number[]>;
}

const WARM_GROUPS = 8;

/** Beyond this the rows are scattered so widely that a lookup is no use: rewrite the file first. */
const MAX_RUNS = 2 ** 25;

/** A Parquet table whose rows belong to neurons, and where the rows of each lie. */
export class NeuronTable {
  readonly footer: Footer;
  readonly idColumn: Column | undefined;
  readonly groups: readonly GroupReader[];
  readonly #runs: (GroupRuns | undefined)[] = [];
  #rows: Map<NeuronId, RowRanges> | undefined;
  #sequences: ReadonlyMap<NeuronId, number> = new Map();
  /** Row groups whose decoded pages are kept, the latest last. */
  readonly #warm: GroupReader[] = [];

  constructor(reader: Reader, footer: Footer, idColumn: Column | undefined) {
    this.footer = footer;
    this.idColumn = idColumn;
    this.groups = footer.groups.map((group) => new GroupReader(reader, group));
  }

  /** Takes over a table that is known already, from a file of ours or a side index. */
  setRows(
    rows: Map<NeuronId, RowRanges>,
    sequences: ReadonlyMap<NeuronId, number> = new Map(),
  ): void {
    this.#rows = rows;
    this.#sequences = sequences;
  }

  /** The first node id of a neuron whose ids are known to count up by one. */
  sequenceOf(id: NeuronId): number | undefined {
    return this.#sequences.get(id);
  }

  /** Every neuron that has rows, in the order in which the file first names it. */
  async rows(): Promise<ReadonlyMap<NeuronId, RowRanges>> {
    if (this.#rows) return this.#rows;
    const rows = new Map<NeuronId, number[]>();
    let total = 0;
    for (let group = 0; group < this.groups.length; group++) {
      const { ids, ends } = await this.#groupRuns(group);
      total += ids.length;
      if (total > MAX_RUNS)
        throw new NeuronError("too-large", `its neurons lie in over ${MAX_RUNS} pieces`);
      let start = this.footer.groups[group]?.firstRow ?? 0;
      for (let run = 0; run < ids.length; run++) {
        const end = ends[run] as number;
        addRange(rows, ids[run] as NeuronId, start, end);
        start = end;
      }
    }
    this.#rows = rows;
    return rows;
  }

  /** Rows of one neuron, reading only row groups whose minimum and maximum allow it. */
  async rowsOf(id: NeuronId): Promise<RowRanges | undefined> {
    if (this.#rows) return this.#rows.get(id);
    const found = new Map<NeuronId, number[]>();
    for (let group = 0; group < this.groups.length; group++) {
      if (!this.#mayHold(group, id)) continue;
      const runs = await this.#groupRuns(group);
      runs.byId ??= indexRuns(runs, this.footer.groups[group]?.firstRow ?? 0);
      const ranges = runs.byId.get(id) ?? [];
      for (let at = 0; at < ranges.length; at += 2) {
        addRange(found, id, ranges[at] as number, ranges[at + 1] as number);
      }
    }
    return found.get(id);
  }

  /** Columns of rows `[start, end)` of the file, which may span row groups: one part for each. */
  async read(columns: readonly Column[], start: number, end: number): Promise<ColumnData[][]> {
    const parts: ColumnData[][] = [];
    for (let at = this.#groupAt(start); at < this.groups.length; at++) {
      const reader = this.groups[at] as GroupReader;
      const { firstRow, rows } = reader.group;
      if (firstRow >= end) break;
      const from = Math.max(start - firstRow, 0);
      const to = Math.min(end - firstRow, rows);
      if (from >= to) continue;
      parts.push(await reader.read(columns, from, to));
      this.#keepWarm(reader);
    }
    return parts;
  }

  #keepWarm(reader: GroupReader): void {
    const at = this.#warm.indexOf(reader);
    if (at >= 0) this.#warm.splice(at, 1);
    this.#warm.push(reader);
    if (this.#warm.length > WARM_GROUPS) this.#warm.shift()?.release();
  }

  #groupAt(row: number): number {
    const { groups } = this.footer;
    let low = 0;
    let high = groups.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const group = groups[middle];
      if (group && group.firstRow + group.rows <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #groupRuns(group: number): Promise<GroupRuns> {
    const known = this.#runs[group];
    if (known) return known;
    const reader = this.groups[group] as GroupReader;
    const { firstRow, rows } = reader.group;
    const ids: NeuronId[] = [];
    const ends: number[] = [];
    const column = this.idColumn;
    if (!column) {
      ids.push("0");
      ends.push(firstRow + rows);
    } else if (rows > 0) {
      const idOf = idReader(column);
      let row = firstRow;
      await reader.runs(column, (value, length) => {
        if (value === undefined) {
          throw new NeuronError("null-neuron", `column "${column.name}" holds null`, { row });
        }
        row += length;
        const id = idOf(value);
        if (ids.length > 0 && ids.at(-1) === id) ends[ends.length - 1] = row;
        else {
          if (ids.length >= MAX_RUNS) {
            throw new NeuronError("too-large", `its neurons lie in over ${MAX_RUNS} pieces`);
          }
          ids.push(id);
          ends.push(row);
        }
      });
    }
    const runs = { ids, ends };
    this.#runs[group] = runs;
    return runs;
  }

  #mayHold(group: number, id: NeuronId): boolean {
    const column = this.idColumn;
    const chunk = column && this.footer.groups[group]?.chunks[column.index];
    if (!chunk || chunk.min === undefined || chunk.max === undefined) return true;
    return within(column, chunk, id);
  }
}

function addRange(rows: Map<NeuronId, number[]>, id: NeuronId, start: number, end: number): void {
  const ranges = rows.get(id);
  if (!ranges) rows.set(id, [start, end]);
  else if (ranges.at(-1) === start) ranges[ranges.length - 1] = end;
  else ranges.push(start, end);
}

function indexRuns({ ids, ends }: GroupRuns, firstRow: number): Map<NeuronId, number[]> {
  const byId = new Map<NeuronId, number[]>();
  let start = firstRow;
  for (let run = 0; run < ids.length; run++) {
    addRange(byId, ids[run] as NeuronId, start, ends[run] as number);
    start = ends[run] as number;
  }
  return byId;
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
