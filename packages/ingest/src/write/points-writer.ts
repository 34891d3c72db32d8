import { type Column, pointColumns, pointsKey, type Schema, type TableRef } from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";
import type { BlockTally } from "./block-tally.ts";
import { ExtentWriter } from "./extent-writer.ts";
import type { PairBuffer } from "./pair-buffer.ts";
import { PairMover } from "./pair-mover.ts";
import { orderPairs } from "./pair-order.ts";
import type { RowGroupBuffer } from "./row-group-buffer.ts";
import { type StageTimes, TableObject } from "./table-object.ts";

export interface WriteOptions {
  /** Bytes at which a points file is closed and another begun. */
  fileSize: number;
  keepDuplicates: boolean;
  signal?: AbortSignal;
}

export interface WriteTimes extends StageTimes {
  /** Ordering pairs and points, dropping duplicates, digests. */
  orderMs: number;
}

/** Turns buffered pairs into the points and extents files of one commit. */
export class PointsWriter {
  readonly times: WriteTimes;
  readonly #store: Store;
  readonly #schema: Schema;
  readonly #columns: Column[];
  readonly #options: WriteOptions;
  readonly #extents = new ExtentWriter();
  readonly #files: TableRef[] = [];
  #object: TableObject | undefined;
  #groups = 0;

  constructor(store: Store, schema: Schema, options: WriteOptions, times: WriteTimes) {
    this.#store = store;
    this.#schema = schema;
    this.#columns = pointColumns(schema);
    this.#options = options;
    this.times = times;
  }

  /** Writes and empties `buffer`; `tally` learns what each block got. */
  async flush(buffer: PairBuffer, group: RowGroupBuffer, tally: BlockTally): Promise<void> {
    let started = performance.now();
    const order = orderPairs(buffer);
    const mover = new PairMover(this.#schema, buffer, group, tally, this.#options.keepDuplicates);
    let rest = buffer.points;
    group.divide(rest);
    const close = async (): Promise<void> => {
      this.times.orderMs += performance.now() - started;
      rest -= group.rows;
      await this.#close(buffer, group, tally);
      // Anew, by what its rows came to: dense ones take far fewer bytes than the first guess.
      group.divide(rest);
      started = performance.now();
    };
    for (let at = 0; at < order.length; ) {
      const pair = order[at] as number;
      let entries = 1;
      while (at + entries < order.length && buffer.samePair(pair, order[at + entries] as number)) {
        entries++;
      }
      if (entries > 1) mover.join(order.subarray(at, at + entries));
      at += entries;
      if (group.closesBefore(buffer.counts.values[pair] as number)) await close();
      const start = buffer.starts.values[pair] as number;
      const count = mover.move(pair);
      for (let taken = 0; taken < count; ) {
        if (group.closesBefore(count - taken)) await close();
        const fits = Math.min(count - taken, group.target - group.rows);
        group.add(buffer, pair, start + taken, fits);
        taken += fits;
      }
    }
    this.times.orderMs += performance.now() - started;
    if (group.rows > 0) await this.#close(buffer, group, tally);
    await this.#extents.flush(this.#store, this.times, this.#options.signal);
    buffer.clear();
  }

  /** Closes the files; they are durable when it resolves. */
  async close(): Promise<{ points: TableRef[]; extents: TableRef[] }> {
    const closing = Promise.all([this.#object?.close(), this.#extents.close()]);
    const [file, extents] = await this.#storing(closing);
    return { points: file ? [...this.#files, file] : this.#files, extents };
  }

  async abort(): Promise<void> {
    await Promise.all([this.#object?.abort(), this.#extents.abort()]);
  }

  async #close(buffer: PairBuffer, group: RowGroupBuffer, tally: BlockTally): Promise<void> {
    const { signal, fileSize } = this.#options;
    const key = pointsKey(crypto.randomUUID());
    this.#object ??= new TableObject(this.#store, key, this.#columns, this.times, signal);
    const data = group.data(tally.texts, buffer.texts.texts);
    const { size } = await this.#object.write(group.rows, data);
    this.#extents.add(group, this.#groups++);
    group.close(size);
    if (this.#object.size >= fileSize) {
      const full = this.#object;
      this.#object = undefined;
      this.#files.push(await this.#storing(full.close()));
    }
  }

  async #storing<T>(work: Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work;
    this.times.storeMs += performance.now() - started;
    return result;
  }
}
