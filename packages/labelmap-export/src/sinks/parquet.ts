import type { Store, StoreOptions } from "@pocaduck/storage";
import type { RecordBatch } from "apache-arrow";
import { ExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { tableSchema } from "../rows/schemas.ts";
import type { Manifest } from "./manifest.ts";
import { moveOverflows } from "./overflow.ts";
import { parquetFile } from "./parquet-file.ts";
import { ExportRecords } from "./records.ts";
import type { Receipt, Sink, TaskRows } from "./sink.ts";

const folders = ["blocks/", "indices/", "mapping/"];

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

  async begin(plan: ExportPlan, options: StoreOptions = {}): Promise<ExportPlan> {
    const held = await this.#records.begin(plan, folders, options);
    this.#plan = plan;
    return held;
  }

  /** A task whose file is gone or cut is written again. */
  async receipt({ id }: Task, { signal }: StoreOptions = {}): Promise<Receipt | undefined> {
    const receipt = await this.#records.receipt(id, { signal });
    if (!receipt) return undefined;
    const file = await this.#store.head(fileKey(id), { signal });
    if (file?.size !== receipt.bytes) return undefined;
    let overflows = 0;
    if (receipt.overflows > 0) {
      for await (const _ of this.#store.list(`overflow/${id}/`, { signal })) overflows++;
    }
    return overflows >= receipt.overflows ? receipt : undefined;
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
    const { size } = await this.#store.put(fileKey(task.id), file, { signal });
    const digest = rows.digest();
    const receipt = { task: task.id, rows: count, bytes: size, digest, overflows };
    await this.#records.keep(receipt, { signal });
    return receipt;
  }

  async finish(manifest: Manifest, options: StoreOptions = {}): Promise<void> {
    const missing = await this.#missing(manifest, options);
    if (missing.length > 0) {
      const [first] = missing;
      const reason = `${missing.length} of ${manifest.tasks.length} tasks are not in this sink, ${first} for one`;
      throw new ExportError("incomplete", `${reason}: have all workers the same sink?`);
    }
    await this.#records.finish(manifest, options);
  }

  discard(options: StoreOptions = {}): Promise<void> {
    return this.#records.discard(folders, options);
  }

  unfinished(options: StoreOptions = {}): Promise<ExportPlan | undefined> {
    return this.#records.unfinished(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plan = undefined;
  }

  async #missing({ tasks }: Manifest, { signal }: StoreOptions): Promise<string[]> {
    const keys = new Set<string>();
    for (const folder of folders) {
      for await (const { key } of this.#store.list(folder, { signal })) keys.add(key);
    }
    const done = tasks.filter(({ quarantined }) => quarantined === undefined);
    return done.map(({ task }) => task.id).filter((id) => !keys.has(fileKey(id)));
  }

  #begun(): ExportPlan {
    if (this.#plan) return this.#plan;
    throw new TypeError("Expected `begin` before `write`");
  }
}

function fileKey(task: string): string {
  return `${task}.parquet`;
}
