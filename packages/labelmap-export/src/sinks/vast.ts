import type { Store, StoreOptions } from "@pocaduck/storage";
import {
  connectVast,
  defaultCellSize,
  isVastError,
  maxColumns,
  type TableRef,
  type VastClient,
  type VastOptions,
} from "@pocaduck/vastdb";
import { Field, type RecordBatch, Schema, Uint64 } from "apache-arrow";
import { ExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { TableName, Task } from "../plan/task.ts";
import { tableSchema } from "../rows/schemas.ts";
import type { Manifest } from "./manifest.ts";
import { moveOverflows } from "./overflow.ts";
import { ExportRecords } from "./records.ts";
import type { Receipt, Sink, TaskRows } from "./sink.ts";
import { moveLists } from "./vast-rows.ts";

export type VastSinkOptions = VastOptions & {
  bucket: string;
  /** Where the tables `blocks`, `indices` and `mapping` are, and the marks of tasks in `done`. */
  schema: string;
  /** Where rows go that no cells can hold, receipts, and the manifest. */
  objects: Store;
};

const tables: readonly TableName[] = ["blocks", "indices", "mapping"];
const markSchema = new Schema([new Field("rows", new Uint64(), true)]);

/**
 * An export as three tables of a VAST database. The rows of a task and its mark, an empty table in the schema `done`,
 * are one transaction: the mark says that they are there, and only once. Nothing that was inserted can be read back
 * over this protocol, so that what a mark stands for is kept among the objects before.
 */
export class VastSink implements Sink {
  readonly #vast: VastClient;
  readonly #options: VastSinkOptions;
  readonly #records: ExportRecords;
  #plan: ExportPlan | undefined;

  constructor(options: VastSinkOptions) {
    this.#options = options;
    this.#vast = connectVast(options);
    this.#records = new ExportRecords(options.objects);
  }

  async begin(plan: ExportPlan, options: StoreOptions = {}): Promise<ExportPlan> {
    if (this.#plan?.id === plan.id) return this.#plan;
    const { cells } = plan.layout;
    const columns = tableSchema("blocks", cells).fields.length;
    if (cells.size > defaultCellSize || columns > maxColumns) {
      const limits = `cells of ${defaultCellSize} bytes and ${maxColumns} columns`;
      const reason = `VAST takes ${limits}, the export has ${cells.size} and ${columns}`;
      throw new ExportError("refused", reason);
    }
    const held = await this.#records.begin(plan, [], options);
    for (const table of tables) {
      await this.#vast.ensureTable(
        this.#table(table),
        tableSchema(table, cells),
        signalOf(options),
      );
    }
    // Of the export itself: a schema without a table is not looked into.
    await this.#vast.ensureTable(this.#mark(`export-${plan.id}`), markSchema, signalOf(options));
    this.#plan = held;
    return held;
  }

  async receipt({ id }: Task, options: StoreOptions = {}): Promise<Receipt | undefined> {
    if (!(await this.#vast.table(this.#mark(id), signalOf(options)))) return undefined;
    const receipt = await this.#records.receipt(id, options);
    if (receipt) return receipt;
    throw new ExportError(
      "corrupt",
      `${id} was written, and its receipt is gone from the objects, or damaged`,
    );
  }

  async write(task: Task, rows: TaskRows, options: StoreOptions = {}): Promise<Receipt> {
    if (!this.#plan) throw new TypeError("Expected `begin` before `write`");
    const { cells } = this.#plan.layout;
    const [ref, mark] = [this.#table(task.table), this.#mark(task.id)];
    const receipt: Receipt = { task: task.id, rows: 0, bytes: 0, digest: "", overflows: 0 };
    const put = async (key: string, bytes: Uint8Array): Promise<void> => {
      await this.#options.objects.put(key, bytes, { signal: options.signal });
      receipt.overflows++;
    };
    const fitting = async (batch: RecordBatch): Promise<RecordBatch> => {
      if (task.table !== "blocks") return batch;
      const moved = await moveOverflows(batch, task.id, cells, put);
      return moveLists(moved, task.id, defaultCellSize / 8, put);
    };
    try {
      await this.#vast.transact(
        async (transaction) => {
          for await (const batch of rows.batches) {
            const fit = await fitting(batch);
            receipt.rows += fit.numRows;
            receipt.bytes += fit.data.byteLength;
            await transaction.insert(ref, fit);
          }
          receipt.digest = rows.digest();
          if (await transaction.table(mark)) throw new ExportError("busy", "is another worker's");
          await this.#records.keep(receipt, options);
          await transaction.ensureTable(mark, markSchema);
        },
        {
          ...signalOf(options),
          label: task.id,
          confirm: async () => (await this.#vast.table(mark)) !== undefined,
        },
      );
    } catch (error) {
      // Rolled back; what another worker committed meanwhile counts.
      const rival = error instanceof ExportError || isVastError(error, "conflict");
      const done = rival ? await this.receipt(task, options) : undefined;
      if (!done) throw error;
      return done;
    }
    return receipt;
  }

  finish(manifest: Manifest, options: StoreOptions = {}): Promise<void> {
    return this.#records.finish(manifest, options);
  }

  /** @throws {ExportError} `refused`: tables cannot be dropped from here. */
  async discard(): Promise<void> {
    const { bucket, schema } = this.#options;
    const reason = `whole tasks may stay in VAST: drop the schema ${bucket}/${schema}, and export.json beside it`;
    throw new ExportError("refused", reason);
  }

  unfinished(options: StoreOptions = {}): Promise<ExportPlan | undefined> {
    return this.#records.unfinished(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#vast.close();
  }

  #table(table: string): TableRef {
    const { bucket, schema } = this.#options;
    return { bucket, schema, table };
  }

  /** Names of tables have no slashes. */
  #mark(task: string): TableRef {
    const { bucket, schema } = this.#options;
    return { bucket, schema: `${schema}/done`, table: task.replaceAll("/", "-") };
  }
}

function signalOf({ signal }: StoreOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
