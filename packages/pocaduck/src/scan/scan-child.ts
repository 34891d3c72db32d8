import { inChild } from "../processes/in-child.ts";
import { openScan, type ScanProgress, scan } from "./scan.ts";
import type { ScanJob } from "./scan-options.ts";

/** A worker's own process: `scan-child.ts <job as JSON>`. */
await inChild<ScanJob, ScanProgress>(async (job, signal, onProgress) =>
  scan(await openScan(job, signal), job, signal, onProgress),
);
