import type { FlightStream } from "@pocaduck/flight";
import { isLabelmapError, type LabelMapping } from "@pocaduck/labelmap";
import type { DvidLabelmap } from "@pocaduck/labelmap/dvid";
import { Limiter } from "@pocaduck/storage/remote";
import { ExportError, isExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { Work } from "../protocol.ts";
import { wireSchema } from "../rows/schemas.ts";
import type { Receipt } from "../sinks/sink.ts";
import { manifestOf } from "./manifest.ts";
import { listTasks } from "./prepare.ts";
import { Progress } from "./progress.ts";
import type { Log, RunOptions, RunState, RunStatus } from "./run-status.ts";
import { SortedMapping } from "./sorted-mapping.ts";
import { taskMessages } from "./task-messages.ts";
import { TaskQueue } from "./task-queue.ts";
import { WorkerList } from "./worker-list.ts";

type Closing = { id: "finish" | "discard" };

/** One export under way: its tasks, who works on them, and what became of them. */
export class ExportRun {
  readonly plan: ExportPlan;
  readonly workers: WorkerList;
  readonly #labelmap: DvidLabelmap;
  readonly #options: RunOptions;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #limit: Limiter;
  readonly #progress = new Progress();
  #state: RunState = "preparing";
  #error: string | undefined;
  #code: string | undefined;
  #ended: string | undefined;
  #tasks: readonly Task[] = [];
  #queue: TaskQueue<Task> | undefined;
  #closing: TaskQueue<Closing> | undefined;
  #mapping: LabelMapping | undefined;
  #pairs: SortedMapping | undefined;
  #moved: boolean | undefined;
  #empty = false;
  readonly #over = Promise.withResolvers<RunStatus>();

  constructor(plan: ExportPlan, labelmap: DvidLabelmap, options: RunOptions) {
    this.plan = plan;
    this.#labelmap = labelmap;
    this.#options = options;
    this.#log = (event, about) => options.log(event, { export: plan.id, ...about });
    this.#limit = new Limiter(options.readers, 1);
    this.workers = new WorkerList(options.waitMs);
  }

  /** Settles when the export is over, well or not. */
  get over(): Promise<RunStatus> {
    return this.#over.promise;
  }

  get state(): RunState {
    return this.#state;
  }

  /** Tells a busy DVID's answer from a good one. */
  retried(error: Error): void {
    this.#progress.retries++;
    this.#limit.slowDown();
    this.#log("retry", { reason: error.message, readers: this.#limit.limit });
  }

  async prepare(): Promise<void> {
    const { signal } = this.#stop;
    try {
      this.#mapping = await this.#labelmap.mapping(signal);
      this.#pairs = new SortedMapping(this.#mapping);
      this.#tasks = await listTasks(this.plan, this.#labelmap, this.#mapping, signal);
      const { leaseMs, maxAttempts, workers, waitMs } = this.#options;
      this.#queue = new TaskQueue(this.#tasks, { leaseMs, maxAttempts });
      this.#log("planned", { tasks: this.#tasks.length, pairs: this.#mapping.size });
      if (this.#state === "preparing") this.#state = "waiting";
      await this.workers.come(workers, waitMs, signal);
      if (this.#state === "waiting") this.#state = "running";
      this.#log("running", { workers: this.workers.names });
      await this.#settle();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Work for a worker that asks, if there is any now; `shared` when another of its name asks too. */
  async lease(worker: string, shared: boolean): Promise<Work> {
    if (!this.workers.isLost(worker)) this.workers.asks(worker, shared);
    await this.#settle();
    if (this.workers.isLost(worker)) return { kind: "idle" };
    const { leaseMs } = this.#options;
    const { plan } = this;
    // What a worker has in hand would land after the sink was cleared.
    if (this.#state === "cancelling" && this.workers.busy(leaseMs)) return { kind: "idle" };
    const closing = this.#closing?.take(worker);
    if (closing?.task.id === "discard") {
      return { kind: "discard", lease: closing.id, leaseMs, plan };
    }
    if (closing) {
      const manifest = manifestOf(this.plan, this.#tasks, this.#queue, this.#progress, this.#moved);
      this.#empty = manifest.empty === true;
      return { kind: "finish", lease: closing.id, leaseMs, plan, manifest };
    }
    if (this.#state !== "running") return { kind: "idle" };
    const lease = this.#queue?.take(worker);
    if (!lease) return { kind: "idle" };
    this.workers.took(worker, lease.task.id);
    this.#log("lease", { worker, task: lease.task.id, attempt: lease.attempt });
    return { kind: "task", lease: lease.id, leaseMs, plan, task: lease.task, ticket: lease.id };
  }

  renew(lease: string): boolean {
    const holder = this.#queue?.lease(lease)?.worker;
    if (holder) this.workers.heard(holder);
    return (this.#queue?.renew(lease) || this.#closing?.renew(lease)) ?? false;
  }

  /** The rows of a lease's task; each message that is taken renews it. */
  rows(id: string): FlightStream | undefined {
    const lease = this.#queue?.lease(id);
    if (!lease) return undefined;
    const schema = wireSchema(lease.task.table, this.plan.layout.cells);
    return { schema, messages: this.#messages(id, lease.task) };
  }

  acknowledge(
    id: string,
    task: string,
    { receipt, moved }: { receipt?: Receipt | undefined; moved?: boolean | undefined },
  ): boolean {
    if (this.#closing?.acknowledge(task)) {
      if (moved) this.#moved = true;
      this.#end(task === "discard" ? "cancelled" : "done");
      return true;
    }
    const worker = this.#queue?.lease(id)?.worker;
    const first = this.#queue?.acknowledge(task) ?? false;
    if (first && receipt) this.#progress.keep(task, receipt);
    if (worker) this.workers.finished(worker, receipt?.rows ?? 0, receipt?.bytes ?? 0);
    this.#log("acknowledged", { task, worker, first, rows: receipt?.rows });
    return first;
  }

  giveBack(id: string, reason: string, leaves: boolean, code: string | undefined): void {
    const lease = this.#queue?.lease(id) ?? this.#closing?.lease(id);
    if (!lease) return;
    this.#log("failed", { worker: lease.worker, task: lease.task.id, reason });
    this.#queue?.fail(id, reason, leaves ? "blameless" : "counts");
    this.#closing?.fail(id, reason, leaves ? "blameless" : "counts");
    if (leaves) this.workers.left(lease.worker);
    this.#checkClosing();
    // No other worker would fare better.
    if (code === "other-export") this.#fail(new ExportError("other-export", reason));
    if (code === "refused" && lease.task.id === "discard") this.#fail(notCleared(reason));
  }

  /** Takes back at once what a worker had in hand that is gone for good, and tells which tasks. */
  lose(worker: string, reason: string): string[] {
    this.workers.lose(worker);
    const taken = [
      ...(this.#queue?.failAll(worker, reason) ?? []),
      ...(this.#closing?.failAll(worker, reason) ?? []),
    ];
    const tasks = taken.map(({ id }) => id);
    for (const task of tasks) this.#log("failed", { worker, task, reason });
    this.#checkClosing();
    return tasks;
  }

  /** Ends the export; what the sink holds of it is taken out by a worker, unless it is kept to go on with later. */
  cancel(keep: boolean): void {
    if (this.#ended !== undefined || this.#state === "cancelling") return;
    this.#stop.abort(new ExportError("cancelled", "the export was cancelled"));
    this.#queue = undefined;
    if (keep || this.workers.names.length === 0) {
      this.#end("cancelled");
      return;
    }
    this.#state = "cancelling";
    this.#closing = this.#closingTask("discard");
  }

  /** Fails an export whose workers are all gone, and takes back what silent ones hold. */
  watch(): void {
    this.#queue?.expire();
    this.#closing?.expire();
    this.#checkClosing();
    if (this.#ended !== undefined || this.#state === "preparing" || this.#state === "waiting")
      return;
    if (!this.workers.silent) return;
    const reason = `no worker was heard of for ${this.#options.waitMs / 1000} s`;
    this.#fail(new ExportError("no-workers", reason));
  }

  get status(): RunStatus {
    const queue = this.#queue;
    const leases = queue?.leases ?? [];
    return {
      id: this.plan.id,
      state: this.#state,
      source: this.plan.source,
      began: this.#progress.began,
      ...(this.#ended !== undefined && { ended: this.#ended }),
      ...(this.#error !== undefined && { error: this.#error }),
      ...(this.#code !== undefined && { code: this.#code }),
      tasks: {
        total: this.#tasks.length,
        done: queue?.done ?? this.#progress.receipts.size,
        waiting: queue?.waiting ?? 0,
        leased: leases.length,
        quarantined: queue?.givenUp.length ?? 0,
      },
      ...this.#progress.tallies,
      readers: this.#limit.limit,
      workers: this.workers.list(),
      ...(this.#moved !== undefined && { moved: this.#moved }),
      ...(this.#empty && { empty: true as const }),
      failures: (queue?.givenUp ?? []).map(({ task, reason }) => ({ task: task.id, reason })),
    };
  }

  async *#messages(id: string, task: Task): ReturnType<typeof taskMessages> {
    const [mapping, pairs] = [this.#mapping, this.#pairs];
    if (!mapping || !pairs) throw new TypeError("Expected a prepared export");
    const { plan } = this;
    const { packers, onBatch } = this.#options;
    const source = { plan, labelmap: this.#labelmap, mapping, pairs, limit: this.#limit, packers };
    const renew = (): boolean => this.renew(id);
    const how = { progress: this.#progress, onBatch, renew, signal: this.#stop.signal };
    try {
      yield* taskMessages(task, source, how);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const final = isLabelmapError(cause, "corrupt", "unsupported", "forbidden", "too-large");
      this.#log("source failed", { task: task.id, reason });
      this.#queue?.fail(id, reason, final ? "final" : "counts");
      throw cause;
    }
  }

  /** Goes on to the manifest once every task is done or given up. */
  async #settle(): Promise<void> {
    if (this.#state !== "running" || !this.#queue?.over) return;
    this.#state = "finishing";
    try {
      if (!this.plan.source.locked) this.#moved = await this.#hasMoved();
      this.#closing = this.#closingTask("finish");
    } catch (error) {
      // Nobody would ask again: workers are told of no work in this state.
      this.#fail(error);
    }
  }

  async #hasMoved(): Promise<boolean> {
    const { mutationId, updated } = await this.#labelmap.current(this.#stop.signal);
    const { source } = this.plan;
    return `${mutationId}` !== source.mutationId || updated !== source.updated;
  }

  #closingTask(id: "finish" | "discard"): TaskQueue<Closing> {
    const { leaseMs, maxAttempts } = this.#options;
    return new TaskQueue<Closing>([{ id }], { leaseMs, maxAttempts });
  }

  /** Nobody would ask for the last step again once it was given up. */
  #checkClosing(): void {
    const [given] = this.#closing?.givenUp ?? [];
    if (!given) return;
    const { task, reason } = given;
    if (task.id === "discard") this.#fail(notCleared(reason));
    else this.#fail(new ExportError("incomplete", `the manifest was not written: ${reason}`));
  }

  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#error = error instanceof Error ? error.message : String(error);
    this.#code = isLabelmapError(error) || isExportError(error) ? error.code : undefined;
    this.#stop.abort(error);
    this.#end("failed");
  }

  #end(state: RunState): void {
    this.#state = state;
    this.#ended = new Date().toISOString();
    this.#closing = undefined;
    const { status } = this;
    this.#log("ended", { state, error: this.#error, quarantined: status.tasks.quarantined });
    this.#over.resolve(status);
  }
}

function notCleared(reason: string): ExportError {
  return new ExportError("incomplete", `the sink was not cleared: ${reason}`);
}
