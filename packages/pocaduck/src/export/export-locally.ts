import { randomBytes } from "node:crypto";
import {
  type ExportRequest,
  type Log,
  type RunStatus,
  serveExports,
} from "@pocaduck/labelmap-export";
import { LocalWorkers } from "./local-workers.ts";
import { openSink } from "./open-sink.ts";
import { dvidOptions } from "./tokens.ts";

export interface LocalExport {
  server: string;
  request: ExportRequest;
  sink: string;
  workers: number;
  signal: AbortSignal;
  log: Log | undefined;
  onProgress: (status: RunStatus) => void;
  /** Told what befalls a worker, in a line. */
  onNote: (text: string) => void;
}

/**
 * Runs the service in this process and each worker in its own, until the export is over. A worker that fails is
 * not replaced; the export fails with the last of them.
 */
export async function exportLocally(options: LocalExport): Promise<RunStatus> {
  const { server, request, sink, workers, signal, log, onProgress, onNote } = options;
  // What cannot be a sink is told before anything begins.
  await using checked = await openSink(sink);
  await checked.unfinished({ signal });
  // Of this run alone; the workers find it where they would find any.
  const token = randomBytes(16).toString("hex");
  process.env.POCADUCK_TOKEN = token;
  const logging = log ? { log } : {};
  await using service = await serveExports({ server, token, ...dvidOptions(), ...logging });
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const begun = await Promise.race([service.start(request, workers), interrupted]);
  signal.throwIfAborted();
  if (!begun) throw new TypeError("Expected an export that began, or an interruption");
  const { id, over } = begun;
  const watch = setInterval(() => {
    const status = service.status(id);
    if (status) onProgress(status);
  }, 200);
  const local = new LocalWorkers({ service, sink, count: workers, signal, onNote });
  try {
    const status = await Promise.race([over, interrupted, local.gone]);
    service.end();
    await local.leave();
    signal.throwIfAborted();
    // Which of them failed says more than that the export did.
    if (status?.state !== "done" && local.failures.length > 0) throw local.failures[0];
    if (!status) throw new Error("all workers left before the export was over");
    return status;
  } finally {
    clearInterval(watch);
  }
}
