import type { StoreOptions } from "@pocaduck/storage";
import type { RecordBatch } from "apache-arrow";
import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { Manifest } from "./manifest.ts";

/** What a sink holds of a task once it is committed. */
export interface Receipt {
  task: string;
  rows: number;
  /** Bytes written, in whatever form the sink has. */
  bytes: number;
  /** Of the rows as they were sent. */
  digest: string;
  /** Blocks whose rest is in an object of its own. */
  overflows: number;
}

/** Rows of one task. */
export interface TaskRows {
  batches: AsyncIterable<RecordBatch>;
  /**
   * Of the rows, once the batches have ended.
   * @throws {ExportError} `corrupt` when they are not those that were sent.
   */
  digest(): string;
}

/** Where workers write: a task is there whole or not at all, once however often it is delivered. */
export interface Sink extends AsyncDisposable {
  /**
   * Makes room for an export, or finds it begun.
   * @returns the plan as it was begun here first: of an open version, an earlier state may be its source.
   * @throws {ExportError} `other-export` when another one is there.
   */
  begin(plan: ExportPlan, options?: StoreOptions): Promise<ExportPlan>;
  /** Of a task that was committed before, here or by another worker. */
  receipt(task: Task, options?: StoreOptions): Promise<Receipt | undefined>;
  /** Resolves once the task is committed. When it rejects nothing of it is to be seen. */
  write(task: Task, rows: TaskRows, options?: StoreOptions): Promise<Receipt>;
  /**
   * Says that the export is whole.
   * @throws {ExportError} `incomplete` when the sink lacks what the manifest names.
   */
  finish(manifest: Manifest, options?: StoreOptions): Promise<void>;
  /** Takes out what a cancelled export left. */
  discard(options?: StoreOptions): Promise<void>;
  /** The export that was begun here and not finished. */
  unfinished(options?: StoreOptions): Promise<ExportPlan | undefined>;
}
