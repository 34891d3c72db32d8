import type { ScatterBatch } from "@pocaduck/flight";
import { ExportError } from "../errors.ts";
import type { Task } from "../plan/task.ts";
import { encodeJson } from "../protocol.ts";
import { RowDigest } from "../rows/digest.ts";
import type { Progress } from "./progress.ts";
import type { RunOptions } from "./run-status.ts";
import { type SourceOptions, taskRows } from "./source.ts";

export interface MessageOptions {
  progress: Progress;
  onBatch: RunOptions["onBatch"];
  /** Renews the lease; false when the task is another worker's now. */
  renew: () => boolean;
  signal: AbortSignal;
}

/** The rows of a task as its worker gets them, at its pace, and at their end how many there were and their digest. */
export async function* taskMessages(
  task: Task,
  source: SourceOptions,
  { progress, onBatch, renew, signal }: MessageOptions,
): AsyncGenerator<{ batch: ScatterBatch } | { metadata: Uint8Array }> {
  const digest = new RowDigest();
  for await (const batch of taskRows(task, source, signal)) {
    digest.add(batch);
    const before = performance.now();
    yield { batch };
    if (!renew()) throw new ExportError("cancelled", `${task.id} is another worker's now`);
    const bytes = progress.count(task, batch);
    onBatch?.(task.table, batch.length, bytes, performance.now() - before);
  }
  const end = { rows: digest.rows, digest: digest.digest() };
  progress.sent.set(task.id, end);
  yield { metadata: encodeJson(end) };
}
