import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "../processes/child.ts";
import { noProgress, type ScanProgress } from "./scan.ts";
import type { ScanJob } from "./scan-options.ts";

const child = fileURLToPath(new URL(`./scan-child${extname(import.meta.url)}`, import.meta.url));

/** Scans with a process a share. When one fails the others go on: what they commit need not be done again. */
export async function scanWithWorkers(
  job: ScanJob,
  workers: number,
  signal: AbortSignal,
  onProgress: (progress: ScanProgress) => void,
  onLost: (what: string) => void,
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
        cpuMs: sum.cpuMs + part.cpuMs,
        memoryMb: Math.max(sum.memoryMb, part.memoryMb),
      }),
      noProgress,
    );
  const running = Array.from({ length: workers }, (_, index) =>
    runChild<ScanProgress>(
      child,
      { ...job, index, count: workers },
      {
        signal,
        onProgress(progress) {
          parts[index] = progress;
          onProgress(total());
        },
        lost(how) {
          const what = `worker ${index} of ${workers} ${how}`;
          if (!signal.aborted) onLost(what);
          return new Error(`${what}; run the command again: what is committed is kept`);
        },
      },
    ),
  );
  const failures = (await Promise.allSettled(running)).filter((end) => end.status === "rejected");
  signal.throwIfAborted();
  if (failures[0]) throw failures[0].reason;
  return total();
}
