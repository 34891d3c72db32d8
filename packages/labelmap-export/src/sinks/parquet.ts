import type { Store, StoreOptions } from "@pocaduck/storage";
import type { RecordBatch } from "apache-arrow";
import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { tableSchema } from "../rows/schemas.ts";
import type { Manifest } from "./manifest.ts";
import { moveOverflows } from "./overflow.ts";
import { parquetFile } from "./parquet-file.ts";
import { ExportRecords } from "./records.ts";
import type { Receipt, Sink, TaskRows } from "./sink.ts";

/**
 * An export as Parquet files in a store: one per task, whose name is the task's. A file is put whole or not at all,
 * and a task that is written twice puts the same rows under the same name, so `blocks/**\/*.parquet` never shows half
 * a task or one twice. `receipts/` says which tasks are there, `manifest.json` that all are.
 */
export class ParquetSink implements Sink {
  readonly #store: Store;
  readonly #records: ExportRecords;
  #plan: ExportPlan | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#records = new ExportRecords(store);
  }

  async begin(plan: ExportPlan, options: StoreOptions = {}): Promise<void> {
    await this.#records.begin(plan, options);
    this.#plan = plan;
  }

  receipt({ id }: Task, options: StoreOptions = {}): Promise<Receipt | undefined> {
    return this.#records.receipt(id, options);
  }

  async write(task: Task, rows: TaskRows, { signal }: StoreOptions = {}): Promise<Receipt> {
    const plan = this.#begun();
    const { cells } = plan.layout;
    let [count, overflows] = [0, 0];
    const put = async (key: string, bytes: Uint8Array): Promise<void> => {
      await this.#store.put(key, bytes, { signal });
      overflows++;
    };
    async function* moved(): AsyncGenerator<RecordBatch> {
      for await (const batch of rows.batches) {
        count += batch.numRows;
        yield task.table === "blocks" ? await moveOverflows(batch, task.id, cells, put) : batch;
      }
      // Before the last bytes of the file: what is not what was sent must not be put.
      rows.digest();
    }
    const about = { export: plan.id, task: task.id };
    const file = parquetFile(tableSchema(task.table, cells), moved(), about);
    const { size } = await this.#store.put(`${task.id}.parquet`, file, { signal });
    const digest = rows.digest();
    const receipt = { task: task.id, rows: count, bytes: size, digest, overflows };
    await this.#records.keep(receipt, { signal });
    return receipt;
  }

  finish(manifest: Manifest, options: StoreOptions = {}): Promise<void> {
    return this.#records.finish(manifest, options);
  }

  discard(options: StoreOptions = {}): Promise<void> {
    return this.#records.discard(["blocks/", "indices/", "mapping/"], options);
  }

  unfinished(options: StoreOptions = {}): Promise<ExportPlan | undefined> {
    return this.#records.unfinished(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plan = undefined;
  }

  #begun(): ExportPlan {
    if (this.#plan) return this.#plan;
    throw new TypeError("Expected `begin` before `write`");
  }
}
