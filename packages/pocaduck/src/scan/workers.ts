import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScanProgress } from "./scan.ts";
import type { ScanJob } from "./scan-options.ts";

export type WorkerMessage =
  | { progress: ScanProgress }
  | { failure: { message: string; name: string; code: string } };

/** Scans with a process a share. When one fails the others go on: what they commit need not be done again. */
export async function scanWithWorkers(
  job: ScanJob,
  workers: number,
  signal: AbortSignal,
  onProgress: (progress: ScanProgress) => void,
): Promise<ScanProgress> {
  const parts: ScanProgress[] = [];
  const total = (): ScanProgress =>
    parts.reduce(
      (sum, part) => ({
        blocks: sum.blocks + part.blocks,
        points: sum.points + part.points,
        voxels: sum.voxels + part.voxels,
        decodeMs: sum.decodeMs + part.decodeMs,
        workMs: sum.workMs + part.workMs,
      }),
      { blocks: 0, points: 0, voxels: 0, decodeMs: 0, workMs: 0 },
    );
  const running = Array.from({ length: workers }, (_, index) =>
    runWorker({ ...job, index, count: workers }, signal, (progress) => {
      parts[index] = progress;
      onProgress(total());
    }),
  );
  const failures = (await Promise.allSettled(running)).filter((end) => end.status === "rejected");
  signal.throwIfAborted();
  if (failures[0]) throw failures[0].reason;
  return total();
}

function runWorker(
  job: ScanJob,
  signal: AbortSignal,
  onProgress: (progress: ScanProgress) => void,
): Promise<void> {
  const path = fileURLToPath(new URL(`./scan-child${extname(import.meta.url)}`, import.meta.url));
  const worker = fork(path, [JSON.stringify(job)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const end = (): boolean => worker.kill("SIGTERM");
  signal.addEventListener("abort", end);
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    worker.on("message", (message: WorkerMessage) => {
      if ("progress" in message) onProgress(message.progress);
      else failure = Object.assign(new Error(message.failure.message), message.failure);
    });
    worker.on("error", reject);
    worker.on("close", (code, killed) => {
      signal.removeEventListener("abort", end);
      if (code === 0) resolve();
      else reject(failure ?? new Error(lost(job, code, killed)));
    });
  });
}

function lost({ index, count }: ScanJob, code: number | null, killed: string | null): string {
  const how = killed ? `was ended by ${killed}` : `ended with code ${code}`;
  return `worker ${index} of ${count} ${how}; run the command again: what is committed is kept`;
}
