import { runWorker, type WorkerSummary } from "@pocaduck/labelmap-export";
import { inChild } from "../processes/in-child.ts";
import type { ExportJob } from "./export-job.ts";
import { openSink } from "./open-sink.ts";
import { serviceToken } from "./tokens.ts";

/** A worker of an export on this machine: `export-child.ts <job as JSON>`. */
await inChild<ExportJob, WorkerSummary>(async ({ service, sink: url, name }, signal) => {
  await using sink = await openSink(url);
  return await runWorker(service, sink, { name, signal, ...serviceToken() });
});
