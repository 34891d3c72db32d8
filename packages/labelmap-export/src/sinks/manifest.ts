import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";

/** What became of a task. */
export interface TaskResult {
  task: Task;
  /** Rows that DVID gave, and rows that the sink took. */
  expected: number;
  actual: number;
  bytes: number;
  digest: string;
  /** How often it was handed out. */
  attempts: number;
  /** Why it was given up; its rows are missing then. */
  quarantined?: string;
}

/** The last thing an export writes. */
export interface Manifest {
  format: 1;
  plan: ExportPlan;
  /** RFC 3339 */
  began: string;
  ended: string;
  /** False when a task was given up. */
  complete: boolean;
  /** Whether an open version moved while it was read; absent for a locked one. */
  moved?: boolean;
  /** That DVID gave no block at all: extents that miss the data, or nothing stored. */
  empty?: true;
  totals: { blocks: number; indices: number; mapping: number; overflows: number; bytes: number };
  tasks: TaskResult[];
}
