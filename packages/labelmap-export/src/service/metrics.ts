import { Counter, Gauge, Registry } from "prom-client";
import type { TableName } from "../plan/task.ts";
import type { ExportRun } from "./export-run.ts";

/** What Prometheus scrapes; rates are its business. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #rows: Counter<"table">;
  readonly #bytes: Counter<"table">;
  readonly #waited: Counter;

  constructor(run: () => ExportRun | undefined) {
    const registers = [this.#registry];
    const labelNames = ["table"] as const;
    this.#rows = new Counter({
      name: "pocaduck_export_rows_total",
      help: "Rows sent to workers",
      labelNames,
      registers,
    });
    this.#bytes = new Counter({
      name: "pocaduck_export_bytes_total",
      help: "Bytes of values sent to workers",
      labelNames,
      registers,
    });
    this.#waited = new Counter({
      name: "pocaduck_export_wait_seconds_total",
      help: "Time that rows waited for workers to take them",
      registers,
    });
    const gauge = (name: string, help: string, read: (run: ExportRun) => number): void => {
      const made: Gauge = new Gauge({
        name: `pocaduck_export_${name}`,
        help,
        registers,
        collect: () => made.set(((now) => (now ? read(now) : 0))(run())),
      });
    };
    gauge("tasks_waiting", "Tasks to be handed out", ({ status }) => status.tasks.waiting);
    gauge("tasks_leased", "Tasks in workers' hands", ({ status }) => status.tasks.leased);
    gauge("tasks_done", "Tasks committed by the sink", ({ status }) => status.tasks.done);
    gauge("tasks_quarantined", "Tasks given up", ({ status }) => status.tasks.quarantined);
    gauge("retries", "Requests to DVID that were tried again", ({ status }) => status.retries);
    gauge("readers", "Requests to DVID allowed at a time", ({ status }) => status.readers);
    const perWorker = (of: "rows" | "bytes", help: string): void => {
      const workers: Gauge<"worker"> = new Gauge({
        name: `pocaduck_export_worker_${of}`,
        help,
        labelNames: ["worker"],
        registers,
        collect() {
          workers.reset();
          for (const worker of run()?.status.workers ?? []) {
            workers.set({ worker: worker.name }, worker[of]);
          }
        },
      });
    };
    perWorker("rows", "Rows that each worker has committed");
    perWorker("bytes", "Bytes that each worker has written");
  }

  sent(table: TableName, rows: number, bytes: number, waitedMs: number): void {
    this.#rows.inc({ table }, rows);
    this.#bytes.inc({ table }, bytes);
    this.#waited.inc(waitedMs / 1000);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
