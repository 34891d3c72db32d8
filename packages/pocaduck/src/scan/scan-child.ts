import { openScan, scan } from "./scan.ts";
import type { ScanJob } from "./scan-options.ts";
import type { WorkerMessage } from "./workers.ts";

/** A worker's own process: `scan-child.ts <job as JSON>`. Ends with its parent. */
const stop = new AbortController();
process.on("disconnect", () => process.exit(1));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => stop.abort(new DOMException(`interrupted by ${signal}`, "AbortError")));
}
const say = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => process.send?.(message, () => resolve()) ?? resolve());

let said = 0;
try {
  const job = JSON.parse(process.argv[2] ?? "") as ScanJob;
  const progress = await scan(await openScan(job, stop.signal), job, stop.signal, (progress) => {
    if (performance.now() - said < 200) return;
    said = performance.now();
    void say({ progress });
  });
  await say({ progress });
  process.exit(0);
} catch (error) {
  const { message, name, code } = error as { message: string; name: string; code?: unknown };
  await say({ failure: { message, name, code: String(code ?? "") } });
  process.exit(1);
}
