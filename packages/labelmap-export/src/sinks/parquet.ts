import { putOnce, type Store, type StoreOptions } from "@pocaduck/storage";
import type { RecordBatch } from "apache-arrow";
import { ExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { decodeJson, encodeJson } from "../protocol.ts";
import { tableSchema } from "../rows/schemas.ts";
import type { Manifest } from "./manifest.ts";
import { moveOverflows } from "./overflow.ts";
import { parquetFile } from "./parquet-file.ts";
import type { Receipt, Sink, TaskRows } from "./sink.ts";

const planKey = "export.json";
const manifestKey = "manifest.json";

/**
 * An export as Parquet files in a store: one per task, whose name is the task's. A file is put whole or not at all,
 * and a task that is written twice puts the same rows under the same name, so `blocks/**\/*.parquet` never shows half
 * a task or one twice. `receipts/` says which tasks are there, `manifest.json` that all are.
 */
export class ParquetSink implements Sink {
  readonly #store: Store;
  #plan: ExportPlan | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  async begin(plan: ExportPlan, { signal }: StoreOptions = {}): Promise<void> {
    const bytes = encodeJson(plan);
    // Rivals of one export write the same bytes but for what DVID says of the moment: the first counts.
    const outcome = await putOnce(this.#store, planKey, bytes, { signal });
    if (outcome === "lost") {
      const found = await readJson<ExportPlan>(this.#store, planKey, { signal });
      if (found?.id !== plan.id) {
        const other = found ? `${found.source.data} of ${found.source.uuid}` : "another";
        throw new ExportError(
          "other-export",
          `the sink holds export ${found?.id} of ${other}, not ${plan.id}: choose an empty place`,
        );
      }
    }
    this.#plan = plan;
  }

  async receipt({ id }: Task, options: StoreOptions = {}): Promise<Receipt | undefined> {
    return readJson<Receipt>(this.#store, receiptKey(id), options);
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
    await this.#store.put(receiptKey(task.id), encodeJson(receipt), { signal });
    return receipt;
  }

  async finish(manifest: Manifest, { signal }: StoreOptions = {}): Promise<void> {
    await this.#store.put(manifestKey, encodeJson(manifest), { signal });
  }

  async discard({ signal }: StoreOptions = {}): Promise<void> {
    // The plan last, so that what is left by an interruption can still be told as this export's.
    for (const folder of ["receipts/", "blocks/", "indices/", "mapping/", "overflow/"]) {
      for await (const { key } of this.#store.list(folder, { signal })) {
        await this.#store.delete(key, { signal });
      }
    }
    await this.#store.delete(planKey, { signal });
  }

  async unfinished(options: StoreOptions = {}): Promise<ExportPlan | undefined> {
    if (await this.#store.head(manifestKey, options)) return undefined;
    return readPlan(this.#store, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plan = undefined;
  }

  #begun(): ExportPlan {
    if (this.#plan) return this.#plan;
    throw new TypeError("Expected `begin` before `write`");
  }
}

/** The plan of the export that a store holds, finished or not. */
export function readPlan(store: Store, options?: StoreOptions): Promise<ExportPlan | undefined> {
  return readJson(store, planKey, options);
}

export function readManifest(store: Store, options?: StoreOptions): Promise<Manifest | undefined> {
  return readJson(store, manifestKey, options);
}

async function readJson<T>(
  store: Store,
  key: string,
  { signal }: StoreOptions = {},
): Promise<T | undefined> {
  const bytes = await store.get(key, { signal });
  if (!bytes) return undefined;
  try {
    return decodeJson<T>(bytes);
  } catch (cause) {
    throw new ExportError("corrupt", `${key} is no JSON`, { cause });
  }
}

function receiptKey(task: string): string {
  return `receipts/${task}.json`;
}
