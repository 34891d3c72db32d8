import { extentColumns, extentsKey, type TableRef } from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";
import { Growable } from "./growable.ts";
import type { RowGroupBuffer } from "./row-group-buffer.ts";
import { type StageTimes, TableObject } from "./table-object.ts";

const groupRows = 65_536;

/** Writes where each pair of a commit lies: the extents of a flush make row groups of their own. */
export class ExtentWriter {
  readonly #labels = new Growable("uint64");
  readonly #columns = [1, 2, 3, 4].map(() => new Growable("uint32"));
  #rows = 0;
  #object: TableObject | undefined;

  add(group: RowGroupBuffer, number: number): void {
    this.#labels.reserve(this.#rows + group.pairs, this.#rows);
    for (const column of this.#columns) column.reserve(this.#rows + group.pairs, this.#rows);
    this.#labels.values.set(group.labels.values.subarray(0, group.pairs), this.#rows);
    const [blocks, groups, firsts, counts] = this.#columns.map((column) => column.values);
    let first = 0;
    for (let pair = 0; pair < group.pairs; pair++, this.#rows++) {
      const count = group.counts.values[pair] as number;
      (blocks as Uint32Array)[this.#rows] = group.blocks.values[pair] as number;
      (groups as Uint32Array)[this.#rows] = number;
      (firsts as Uint32Array)[this.#rows] = first;
      (counts as Uint32Array)[this.#rows] = count;
      first += count;
    }
  }

  /** Ends the extents of a flush. */
  async flush(store: Store, times: StageTimes, signal?: AbortSignal): Promise<void> {
    for (let start = 0; start < this.#rows; start += groupRows) {
      const end = Math.min(this.#rows, start + groupRows);
      const key = extentsKey(crypto.randomUUID());
      this.#object ??= new TableObject(store, key, extentColumns, times, signal);
      await this.#object.write(end - start, [
        this.#labels.values.subarray(start, end),
        ...this.#columns.map((column) => column.values.subarray(start, end)),
      ]);
    }
    this.#rows = 0;
  }

  async close(): Promise<TableRef[]> {
    const object = this.#object;
    this.#object = undefined;
    return object ? [await object.close()] : [];
  }

  async abort(): Promise<void> {
    await this.#object?.abort();
    this.#object = undefined;
    this.#rows = 0;
  }
}
