import type { ScatterBatch } from "@pocaduck/flight";
import type { Task } from "../plan/task.ts";
import type { RowsEnd } from "../protocol.ts";
import { sizeOf } from "../rows/batches.ts";
import type { Receipt } from "../sinks/sink.ts";
import type { RunStatus, Tally } from "./run-status.ts";

/** What was seen of an export so far. */
export class Progress {
  readonly began: string = new Date().toISOString();
  readonly receipts: Map<string, Receipt> = new Map();
  /** What went out of each task whose rows were sent to their end. */
  readonly sent: Map<string, RowsEnd> = new Map();
  retries = 0;
  readonly #written: Tally = { tasks: 0, blocks: 0, bytes: 0 };
  readonly #before: Tally = { tasks: 0, blocks: 0, bytes: 0 };
  #blocks = 0;
  #bytes = 0;

  /** A task that the sink holds, which this run has sent or an earlier one. */
  keep(task: string, receipt: Receipt): void {
    this.receipts.set(task, receipt);
    const tally = this.sent.has(task) ? this.#written : this.#before;
    tally.tasks++;
    tally.bytes += receipt.bytes;
    if (task.startsWith("blocks/")) tally.blocks += receipt.rows;
  }

  /** Rows that went out; returns their bytes. */
  count({ table }: Task, batch: ScatterBatch): number {
    const bytes = sizeOf(batch);
    this.#bytes += bytes;
    if (table === "blocks") this.#blocks += batch.length;
    return bytes;
  }

  get tallies(): Pick<RunStatus, "written" | "before" | "blocks" | "bytes" | "retries"> {
    return {
      written: { ...this.#written },
      before: { ...this.#before },
      blocks: this.#blocks,
      bytes: this.#bytes,
      retries: this.retries,
    };
  }
}
