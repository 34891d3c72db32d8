import { sliceAttribute } from "./attribute.ts";
import type { NeuronId } from "./model.ts";
import type { Compressor } from "./parquet/compress.ts";
import { TableWriter, type WriteBytes } from "./parquet/table-writer.ts";
import { compareIds, type Entry, idKindOf, type PlanOptions, TablePlan } from "./table-plan.ts";
import { MAX_GROUP_ROWS } from "./write-options.ts";

export interface EntryWriterOptions extends PlanOptions {
  readonly compressor: Compressor;
  readonly groupRows: number;
  readonly pageRows: number;
}

/** Writes entries as they come, closing a row group after the entry that fills it. */
export class EntryWriter {
  readonly #options: EntryWriterOptions;
  readonly #write: WriteBytes;
  #table: TableWriter | undefined;
  #plan: TablePlan | undefined;
  #batch: Entry[] = [];
  #batchRows = 0;
  /** Ids without rows have a say in the id column's type when there are no others. */
  readonly #empty: { readonly id: NeuronId }[] = [];
  #last: NeuronId | undefined;
  /** Whether ids ascended over the whole file so far. */
  ascends = true;
  /** Start row and rows of each entry, in the order written. */
  readonly places: { readonly id: NeuronId; readonly start: number; readonly rows: number }[] = [];
  #row = 0;

  constructor(write: WriteBytes, options: EntryWriterOptions) {
    this.#write = write;
    this.#options = options;
  }

  get rows(): number {
    return this.#row;
  }

  get size(): number {
    return this.#table?.size ?? 0;
  }

  /** Settles the columns by all entries of a list beforehand, rather than by the first group. */
  settle(entries: readonly Entry[]): void {
    this.#plan = new TablePlan(entries, this.#options);
  }

  async add(entry: Entry): Promise<void> {
    if (entry.rows === 0) {
      this.#empty.push({ id: entry.id });
      return;
    }
    if (this.#last !== undefined && compareIds(this.#last, entry.id) > 0) this.ascends = false;
    this.#last = entry.id;
    this.places.push({ id: entry.id, start: this.#row, rows: entry.rows });
    this.#row += entry.rows;
    for (const part of cut(entry)) {
      this.#batch.push(part);
      this.#batchRows += part.rows;
      if (this.#batchRows >= this.#options.groupRows) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const table = this.table();
    const { data, rows, ascends } = (this.#plan as TablePlan).fill(this.#batch);
    const sortedBy = ascends ? this.#plan?.idIndex : undefined;
    this.#batch = [];
    this.#batchRows = 0;
    await table.group(data, rows, { sortedBy });
  }

  /** The table, its columns settled by what is there. */
  table(): TableWriter {
    const idKind = idKindOf([...this.#batch, ...this.#empty]);
    this.#plan ??= new TablePlan(this.#batch, { idKind, ...this.#options });
    const { compressor, pageRows } = this.#options;
    this.#table ??= new TableWriter(this.#write, this.#plan.columns, compressor, pageRows);
    return this.#table;
  }
}

/** Parts of an entry too large for one row group. */
function* cut(entry: Entry): Generator<Entry> {
  if (entry.rows <= MAX_GROUP_ROWS) {
    yield entry;
    return;
  }
  for (let from = 0; from < entry.rows; from += MAX_GROUP_ROWS) {
    const to = Math.min(entry.rows, from + MAX_GROUP_ROWS);
    const columns = Object.fromEntries(
      Object.entries(entry.columns).map(([name, values]) => [
        name,
        values && sliceAttribute(values, from, to),
      ]),
    );
    yield { id: entry.id, rows: to - from, columns };
  }
}
