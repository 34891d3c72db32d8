import type { ExportSource } from "../plan/plan.ts";
import type { TableName } from "../plan/task.ts";
import type { BlockPackers } from "../rows/block-packers.ts";
import type { WorkerStatus } from "./worker-list.ts";

export type RunState =
  | "preparing"
  | "waiting"
  | "running"
  | "finishing"
  | "cancelling"
  | "done"
  | "failed"
  | "cancelled";

/** One line of a structured log. */
export type Log = (event: string, about: Readonly<Record<string, unknown>>) => void;

export interface RunOptions {
  /** How many have to be there before the first task is handed out. */
  workers: number;
  /** How long to wait for them, and how long an export lives without any. */
  waitMs: number;
  leaseMs: number;
  maxAttempts: number;
  /** Requests to DVID at a time. */
  readers: number;
  packers: BlockPackers;
  log: Log;
  onBatch?: (table: TableName, rows: number, bytes: number, waitedMs: number) => void;
}

/** Tasks that are done, each counted once, and what the sink holds of them. */
export interface Tally {
  tasks: number;
  blocks: number;
  bytes: number;
}

/** How an export stands. */
export interface RunStatus {
  id: string;
  state: RunState;
  source: ExportSource;
  began: string;
  ended?: string;
  error?: string;
  /** That of the error, where it has one: an `ExportErrorCode` or a `LabelmapErrorCode`. */
  code?: string;
  tasks: { total: number; done: number; waiting: number; leased: number; quarantined: number };
  /** By this run of the service. */
  written: Tally;
  /** Found in the sink, where an earlier run left them. */
  before: Tally;
  /** Sent so far, those of tasks that were handed out again more than once. */
  blocks: number;
  bytes: number;
  retries: number;
  /** Requests to DVID at a time, fewer while it is busy. */
  readers: number;
  workers: WorkerStatus[];
  /** Whether an open version moved while it was read; told at the end. */
  moved?: boolean;
  /** That the sink has no block of an export that is done. */
  empty?: true;
  failures: { task: string; reason: string }[];
}
