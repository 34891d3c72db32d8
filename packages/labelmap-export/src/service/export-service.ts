import { setTimeout as sleep } from "node:timers/promises";
import { isLabelmapError } from "@pocaduck/labelmap";
import type { DvidOptions } from "@pocaduck/labelmap/dvid";
import { ExportError, isExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { LeaseRequest, Work } from "../protocol.ts";
import { BlockPackers } from "../rows/block-packers.ts";
import { ExportRun } from "./export-run.ts";
import { checkRequest, type ExportRequest, openSource, planExport } from "./prepare.ts";
import type { Log, RunOptions } from "./run-status.ts";

export interface ExportServiceOptions
  extends Partial<Omit<RunOptions, "workers" | "log" | "packers">> {
  /** Of DVID, such as `http://host:8000`. */
  server: string;
  dvid?: DvidOptions;
  log?: Log;
  /** How long a worker's question for work may wait for an answer; 5 s by default. */
  pollMs?: number;
}

/** One DVID, one export at a time, and workers that come and go. */
export class ExportService {
  readonly #options: ExportServiceOptions;
  readonly #stop = new AbortController();
  readonly #waiting = new Map<string, number>();
  /** How many ask at the moment, by name. */
  readonly #asking = new Map<string, number>();
  readonly #runs = new Map<string, ExportRun>();
  readonly #packers = new BlockPackers();
  readonly #watch: NodeJS.Timeout;
  #current: ExportRun | undefined;
  #starting = false;
  #ending = false;

  constructor(options: ExportServiceOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#current?.watch(), 500);
  }

  /** The export under way, or the last one. */
  get run(): ExportRun | undefined {
    return this.#current;
  }

  find(id: string): ExportRun | undefined {
    return this.#runs.get(id);
  }

  /**
   * Begins an export and returns once it is clear what it is of.
   * @throws {ExportError} `busy`, or `refused`; `LabelmapError` by DVID's answer; `RangeError` for options that no
   * export can have.
   */
  async start(request: ExportRequest, workers: number): Promise<ExportRun> {
    if (!Number.isInteger(workers) || workers < 1 || workers > 10_000) {
      throw new RangeError(`Expected \`workers\` to be an integer from 1 to 10000, got ${workers}`);
    }
    if (this.#starting || this.#underWay) {
      const which = this.#current ? ` ${this.#current.plan.id}` : "";
      throw new ExportError("busy", `export${which} is under way, and there is one at a time`);
    }
    this.#starting = true;
    try {
      const { signal } = this.#stop;
      const { server, dvid } = this.#options;
      const onRetry = (error: Error): void => this.#current?.retried(error);
      const labelmap = await openSource(server, request, { ...dvid, onRetry, signal });
      checkRequest(request, labelmap.info.maxScale);
      const plan = await planExport(server, labelmap, request, signal);
      const run = new ExportRun(plan, labelmap, this.#runOptions(workers));
      for (const name of this.#waitingNames()) run.workers.heard(name);
      this.#current = run;
      this.#runs.set(plan.id, run);
      void run.prepare();
      return run;
    } finally {
      this.#starting = false;
    }
  }

  /** Work for a worker, waited for up to `pollMs`. */
  async lease({ worker, unfinished }: LeaseRequest, signal: AbortSignal): Promise<Work> {
    if (unfinished) await this.#goOn(unfinished);
    const end = performance.now() + (this.#options.pollMs ?? 5000);
    this.#asking.set(worker, (this.#asking.get(worker) ?? 0) + 1);
    try {
      for (;;) {
        if (this.#ending) return { kind: "end" };
        this.#waiting.set(worker, performance.now());
        const shared = (this.#asking.get(worker) ?? 0) > 1;
        const work = (await this.#current?.lease(worker, shared)) ?? { kind: "idle" };
        if (work.kind !== "idle" || performance.now() >= end) return work;
        await sleep(50, undefined, { signal });
      }
    } finally {
      const others = (this.#asking.get(worker) ?? 0) - 1;
      if (others > 0) this.#asking.set(worker, others);
      else this.#asking.delete(worker);
    }
  }

  /** Tells the workers to go home; they are told as they ask. */
  end(): void {
    this.#ending = true;
  }

  /** Ends what is under way, to be gone on with by another service. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#current?.cancel(true);
    this.#stop.abort();
    await this.#packers[Symbol.asyncDispose]();
  }

  get #underWay(): boolean {
    const state = this.#current?.state;
    return state !== undefined && !["done", "failed", "cancelled"].includes(state);
  }

  /** Takes up an export that another service began, as the sink of a worker tells. */
  async #goOn({ id, source, layout }: ExportPlan): Promise<void> {
    if (this.#starting || this.#underWay || this.#runs.has(id)) return;
    const { blockShape: _, indexed: __, ...options } = layout;
    const request = { uuid: source.uuid, data: source.data, allowOpen: !source.locked, ...options };
    try {
      const run = await this.start(request, 1);
      this.#log("went on", { export: id, same: run.plan.id === id });
    } catch (error) {
      if (!isExportError(error) && !isLabelmapError(error)) throw error;
      this.#log("cannot go on", { export: id, reason: error.message });
    }
  }

  get #log(): Log {
    return this.#options.log ?? (() => undefined);
  }

  #waitingNames(): string[] {
    const since = performance.now() - 2 * (this.#options.pollMs ?? 5000);
    return [...this.#waiting].filter(([, at]) => at >= since).map(([name]) => name);
  }

  #runOptions(workers: number): RunOptions {
    const { waitMs = 60_000, leaseMs = 30_000, maxAttempts = 5, readers = 4 } = this.#options;
    const { onBatch } = this.#options;
    const log = this.#log;
    const packers = this.#packers;
    return {
      workers,
      waitMs,
      leaseMs,
      maxAttempts,
      readers,
      packers,
      log,
      ...(onBatch && { onBatch }),
    };
  }
}
