import { type FlightServer, type ServeOptions, serveFlight } from "@pocaduck/flight";
import { maxMessageSize } from "../protocol.ts";
import type { ExportRun } from "./export-run.ts";
import { ExportService, type ExportServiceOptions } from "./export-service.ts";
import { flightHandlers } from "./flight-service.ts";
import { type HttpServer, serveHttp } from "./http-service.ts";
import { Metrics } from "./metrics.ts";
import type { ExportRequest } from "./prepare.ts";
import type { RunStatus } from "./run-status.ts";

export interface ServeExportsOptions extends ExportServiceOptions {
  /** Of the Flight server that workers connect to. */
  flight?: Omit<ServeOptions, "handlers" | "tokens">;
  /** Of the HTTP server with the status page; none when absent. */
  http?: { host?: string; port?: number };
  /** What workers have to bring, and callers of HTTP that begin or cancel. */
  token?: string;
}

export interface ServedExports extends AsyncDisposable {
  /** For workers: `grpc+tcp://…`. */
  readonly uri: string;
  /** For people: `http://…`, where it was asked for. */
  readonly url: string | undefined;
  /** Begins an export; resolves once it is known what of. */
  start(request: ExportRequest, workers: number): Promise<{ id: string; over: Promise<RunStatus> }>;
  status(id: string): RunStatus | undefined;
  cancel(id: string, options?: { keep?: boolean }): boolean;
  /** Takes back at once what a worker had in hand that is known to have died, and tells which tasks. */
  lose(worker: string, reason: string): string[];
  /** Sends the workers home as they ask. */
  end(): void;
}

/** Reads one DVID for any number of workers; see the README for what it offers over HTTP. */
export async function serveExports(options: ServeExportsOptions): Promise<ServedExports> {
  const metrics = new Metrics(() => service.run);
  const service: ExportService = new ExportService({
    ...options,
    onBatch: (table, rows, bytes, waitedMs) => metrics.sent(table, rows, bytes, waitedMs),
  });
  const { flight, http, token } = options;
  let flightServer: FlightServer | undefined;
  let httpServer: HttpServer | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([service.close(), flightServer?.close(), httpServer?.close()]);
  };
  try {
    const log = options.log ?? (() => undefined);
    const onError = (error: unknown): void => log("call failed", { reason: String(error) });
    const tokens = token === undefined ? {} : { tokens: [token] };
    const handlers = flightHandlers(service);
    flightServer = await serveFlight({ onError, maxMessageSize, ...flight, ...tokens, handlers });
    httpServer = http && (await serveHttp({ ...http, service, metrics, token }));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    uri: flightServer.uri,
    url: httpServer?.url,
    async start(request, workers) {
      const run: ExportRun = await service.start(request, workers);
      return { id: run.plan.id, over: run.over };
    },
    status: (id) => service.find(id)?.status,
    cancel(id, { keep = false } = {}) {
      service.find(id)?.cancel(keep);
      return service.find(id) !== undefined;
    },
    lose: (worker, reason) => service.run?.lose(worker, reason) ?? [],
    end: () => service.end(),
    [Symbol.asyncDispose]: close,
  };
}
