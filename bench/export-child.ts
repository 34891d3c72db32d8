import { setTimeout as sleep } from "node:timers/promises";
import { openLabelmap } from "@pocaduck/labelmap/dvid";
import {
  ParquetSink,
  type Receipt,
  runWorker,
  type Sink,
  serveExports,
  type TaskRows,
} from "@pocaduck/labelmap-export";
import { MemoryStore } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";

/**
 * One process of an export, by the job on its command line: `read` takes all blocks and drops them, `serve` is the
 * service, `worker` writes to `sink`, or drops what comes without one; a `slow` worker waits so long for each batch.
 */
export type Job =
  | { kind: "read"; url: string; uuid: string; edge: number }
  | { kind: "serve"; url: string; uuid: string; workers: number; shardBits: number }
  | { kind: "worker"; service: string; name: string; sink?: string; slowMs?: number };

/** Printed at the end. */
export interface Used {
  seconds: number;
  /** Processor seconds. */
  cpu: number;
  /** Megabytes, at the most. */
  memory: number;
  blocks: number;
  /** Sent, when the process is the service. */
  bytes: number;
}

const job = JSON.parse(process.argv[2] ?? "") as Job;
const before = performance.now();
let [blocks, bytes, started] = [0, 0, before];
if (job.kind === "read") {
  const labelmap = await openLabelmap(job.url, job.uuid, "seg");
  const slabs: [y: number, z: number][] = [];
  for (let z = 0; z < job.edge; z++) for (let y = 0; y < job.edge; y += 8) slabs.push([y, z]);
  started = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let slab = slabs.pop(); slab; slab = slabs.pop()) {
        const frames = await labelmap.blocks([0, slab[0], slab[1]], [job.edge, 8, 1]);
        blocks += frames.length;
      }
    }),
  );
} else if (job.kind === "serve") {
  await using service = await serveExports({ server: job.url, pollMs: 500 });
  console.log(JSON.stringify(service.uri));
  const request = { uuid: job.uuid, data: "seg", scales: [0], shardBits: job.shardBits };
  const { over } = await service.start(request, job.workers);
  const status = await over;
  if (status.state !== "done" || status.failures.length > 0)
    throw new Error(JSON.stringify(status));
  service.end();
  // From the first task on: workers take their time to start.
  ({ blocks, bytes } = status);
  started =
    before +
    (performance.now() - before) -
    (Date.parse(status.ended ?? "") - Date.parse(status.began));
  await sleep(1000);
} else {
  const sink =
    job.sink === undefined ? dropping(job.slowMs) : new ParquetSink(new LocalStore(job.sink));
  const { rows } = await runWorker(job.service, sink, { name: job.name });
  blocks = rows;
}
const { user, system } = process.cpuUsage();
const used: Used = {
  seconds: (performance.now() - started) / 1000,
  cpu: (user + system) / 1e6,
  memory: process.resourceUsage().maxRSS / 1024,
  blocks,
  bytes,
};
console.log(JSON.stringify(used));

/** A sink that counts, and ends with no look at what it holds. */
function dropping(slowMs = 0): Sink {
  const sink = new ParquetSink(new MemoryStore());
  sink.write = async (task, rows: TaskRows): Promise<Receipt> => {
    let count = 0;
    for await (const batch of rows.batches) {
      count += batch.numRows;
      if (slowMs > 0) await sleep(slowMs);
    }
    return { task: task.id, rows: count, bytes: 0, digest: rows.digest(), overflows: 0 };
  };
  sink.finish = async () => undefined;
  return sink;
}
