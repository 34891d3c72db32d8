import { hostname } from "node:os";
import { isFlightError } from "@pocaduck/flight";
import { isStoreError } from "@pocaduck/storage";
import { isVastError } from "@pocaduck/vastdb";
import { ExportError, isExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import type { Work } from "../protocol.ts";
import type { Log } from "../service/run-status.ts";
import type { Manifest } from "../sinks/manifest.ts";
import type { Sink } from "../sinks/sink.ts";
import { ReceivedRows } from "./received-rows.ts";
import { ServiceClient, type ServiceClientOptions } from "./service-client.ts";

export interface WorkerOptions extends ServiceClientOptions {
  /** Unique among the workers; host and process by default. */
  name?: string;
  log?: Log;
  /** Stops after the task in hand is given back. */
  signal?: AbortSignal;
  /** How long neither rows may come nor the sink take them before the worker gives up; 600 s by default. */
  stallMs?: number;
  /** How long the worker waits for work, before the first and between; for ever by default. */
  idleMs?: number;
}

export interface WorkerSummary {
  tasks: number;
  rows: number;
}

type Assigned = Exclude<Work, { kind: "idle" | "end" }>;

/**
 * Writes tasks of a service's exports into the sink until the service ends, the signal aborts, or none comes for `idleMs`. It says that a task
 * is done only when the sink has committed it.
 * @throws What the sink throws that another try would not mend; `FlightError` when the service stays away.
 */
export async function runWorker(
  uri: string,
  sink: Sink,
  options: WorkerOptions = {},
): Promise<WorkerSummary> {
  const { name = `${hostname()}-${process.pid}`, log = () => undefined, signal, ...more } = options;
  const { stallMs = 600_000, idleMs = Number.POSITIVE_INFINITY, ...rest } = more;
  const onRetry = (reason: string): void => log("service is away", { reason });
  using service = new ServiceClient(uri, { onRetry, ...rest });
  const summary = { tasks: 0, rows: 0 };
  let unfinished = await sink.unfinished({ signal });
  let workedAt = performance.now();
  while (!signal?.aborted) {
    const request = { worker: name, ...(unfinished && { unfinished }) };
    const work = await service.call("lease", request, signal && { signal }).catch((error) => {
      if (signal?.aborted) return { kind: "end" } as const;
      throw error;
    });
    if (work.kind === "end") break;
    if (work.kind === "idle") {
      if (performance.now() - workedAt < idleMs) continue;
      log("no more work", { seconds: idleMs / 1000 });
      break;
    }
    unfinished = work.kind === "task" ? work.plan : undefined;
    const rows = await assignment(work, { service, sink, log, signal, stallMs });
    workedAt = performance.now();
    if (work.kind === "task" && rows !== undefined) {
      summary.tasks++;
      summary.rows += rows;
    }
  }
  return summary;
}

interface Context {
  service: ServiceClient;
  sink: Sink;
  log: Log;
  signal: AbortSignal | undefined;
  stallMs: number;
}

/** The rows written, or nothing when the work was given back. */
async function assignment(
  work: Assigned,
  { service, sink, log, signal, stallMs }: Context,
): Promise<number | undefined> {
  const { lease, leaseMs } = work;
  const lost = new AbortController();
  const both = signal ? AbortSignal.any([signal, lost.signal]) : lost.signal;
  const stalled = Promise.withResolvers<never>();
  let movedAt = performance.now();
  const onMove = (): void => {
    movedAt = performance.now();
  };
  const heartbeat = setInterval(() => {
    if (performance.now() - movedAt > stallMs) {
      const reason = `neither rows nor the sink moved for ${stallMs / 1000} s`;
      stalled.reject(new ExportError("unavailable", reason));
      return;
    }
    service.call("renew", { lease }, { once: true, signal: both }).then(
      ({ valid }) => valid || lost.abort(new Error("the lease ran out")),
      // An unreachable service is found by the calls that matter.
      () => undefined,
    );
  }, leaseMs / 3);
  try {
    // A sink that hangs hears no signal either.
    return await Promise.race([perform(work, service, sink, both, onMove), stalled.promise]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log("task failed", { lease, reason });
    // The service knows what it failed to send, and whose lease is lost.
    if (lost.signal.aborted || (isFlightError(error) && !signal?.aborted)) return undefined;
    const hopeless = isHopeless(error);
    const leaves = hopeless || signal?.aborted === true;
    const code = isExportError(error) ? { code: error.code } : {};
    await service
      .call("fail", { lease, reason, leaves, ...code }, { once: true })
      .catch((cause) => {
        log("cannot give back", { lease, reason: String(cause) });
      });
    if (hopeless) throw error;
    return undefined;
  } finally {
    clearInterval(heartbeat);
  }
}

async function perform(
  work: Assigned,
  service: ServiceClient,
  sink: Sink,
  signal: AbortSignal,
  onMove: () => void,
): Promise<number> {
  const { lease } = work;
  if (work.kind === "finish") {
    const manifest = sinceBegun(work.manifest, await sink.begin(work.plan, { signal }));
    await sink.finish(manifest, { signal });
    const { moved } = manifest;
    const request = { lease, task: "finish", ...(moved !== undefined && { moved }) };
    await service.call("acknowledge", request, { signal });
    return 0;
  }
  if (work.kind === "discard") {
    await sink.discard({ signal });
    await service.call("acknowledge", { lease, task: "discard" }, { signal });
    return 0;
  }
  const { task, ticket, plan } = work;
  await sink.begin(plan, { signal });
  onMove();
  const rows = (): ReceivedRows => new ReceivedRows(service.rows(ticket, signal), onMove);
  const receipt =
    (await sink.receipt(task, { signal })) ?? (await sink.write(task, rows(), { signal }));
  await service.call("acknowledge", { lease, task: task.id, receipt }, { signal });
  return receipt.rows;
}

/** An open version has moved if it did since the first run of this export, whose rows are there too. */
function sinceBegun(manifest: Manifest, { source }: ExportPlan): Manifest {
  if (manifest.moved === undefined) return manifest;
  const { plan } = manifest;
  const same =
    plan.source.mutationId === source.mutationId && plan.source.updated === source.updated;
  return { ...manifest, plan: { ...plan, source }, moved: manifest.moved || !same };
}

/** Whether no other try, of this worker at least, would fare better. */
function isHopeless(error: unknown): boolean {
  return (
    isExportError(error, "other-export", "refused", "unavailable") ||
    isVastError(error, "forbidden", "full", "not-found", "schema-mismatch", "unsupported") ||
    (isStoreError(error) && !isStoreError(error, "unavailable", "unknown-outcome"))
  );
}
