import {
  type Column,
  type ColumnData,
  type GroupPointer,
  type TableRef,
  TableWriter,
} from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";
import { ObjectWriter } from "./object-writer.ts";

/** Time spent and bytes made, stage by stage, for benchmarks. */
export interface StageTimes {
  encodeMs: number;
  storeMs: number;
}

/** A Parquet file on its way to a store. */
export class TableObject {
  readonly #table: TableWriter;
  readonly #object: ObjectWriter;
  readonly #times: StageTimes;

  constructor(
    store: Store,
    key: string,
    columns: readonly Column[],
    times: StageTimes,
    signal?: AbortSignal,
  ) {
    this.#table = new TableWriter(columns);
    this.#object = new ObjectWriter(store, key, signal);
    this.#times = times;
  }

  get size(): number {
    return this.#table.size;
  }

  async write(rows: number, data: readonly ColumnData[]): Promise<GroupPointer> {
    const started = performance.now();
    const { parts, pointer } = this.#table.writeGroup(rows, data);
    const encoded = performance.now();
    await this.#object.write(parts);
    this.#times.encodeMs += encoded - started;
    this.#times.storeMs += performance.now() - encoded;
    return pointer;
  }

  /** Resolves when the file is durable. Files close at the same time: whoever waits for them takes the time. */
  async close(): Promise<TableRef> {
    await this.#object.write([this.#table.finish()]);
    const ref = await this.#object.close();
    return { ...ref, groups: this.#table.groups };
  }

  abort(): Promise<void> {
    return this.#object.abort();
  }
}
