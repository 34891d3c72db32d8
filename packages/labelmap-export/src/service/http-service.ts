import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isLabelmapError, type LabelmapErrorCode } from "@pocaduck/labelmap";
import { ExportError, isExportError } from "../errors.ts";
import { inQueryNames, parseExportQuery } from "./export-query.ts";
import type { ExportService } from "./export-service.ts";
import type { Metrics } from "./metrics.ts";
import { statusPage } from "./status-page.ts";

export interface HttpOptions {
  host?: string;
  /** A free one by default. */
  port?: number;
  service: ExportService;
  metrics: Metrics;
  token: string | undefined;
}

export interface HttpServer {
  url: string;
  close(): Promise<void>;
}

const path = /^\/api\/node\/([^/]+)\/([^/]+)\/export\/([^/]+)$/;
const statuses: Partial<Record<LabelmapErrorCode, number>> = {
  "not-found": 404,
  unavailable: 502,
  forbidden: 502,
};

/** @throws {ExportError} `unavailable` when it cannot listen there. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host = "127.0.0.1", port = 0 } = options;
  const server = createServer((request, response) => {
    answer(request, options).then(
      ({ status, type = "application/json", body, headers }) => {
        response.writeHead(status, { "content-type": type, ...headers });
        response.end(typeof body === "string" ? body : `${JSON.stringify(body)}\n`);
      },
      (error: unknown) => refuse(response, error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ExportError("unavailable", `cannot listen on ${host}:${port}: ${cause.message}`, {
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  type?: string;
  body: string | object;
  headers?: Record<string, string>;
}

async function answer(request: IncomingMessage, options: HttpOptions): Promise<Answer> {
  const { service, metrics } = options;
  const url = new URL(request.url ?? "/", "http://localhost");
  const { method = "GET" } = request;
  if (method === "GET" && url.pathname === "/healthz") return { status: 200, body: { ok: true } };
  if (method === "GET" && url.pathname === "/metrics") {
    return { status: 200, type: "text/plain; version=0.0.4", body: await metrics.text() };
  }
  if (method === "GET" && url.pathname === "/") {
    if (wantsJson(request)) return { status: 200, body: service.run?.status ?? {} };
    return { status: 200, type: "text/html; charset=utf-8", body: statusPage() };
  }
  const [, uuid, data, last] = path.exec(url.pathname) ?? [];
  if (uuid === undefined || data === undefined || last === undefined) {
    return { status: 404, body: { error: `no ${url.pathname} here` } };
  }
  if (method === "POST" || method === "DELETE") {
    if (!allowed(request, options.token)) return { status: 401, body: { error: "wrong token" } };
  }
  const [version, name] = [decodeURIComponent(uuid), decodeURIComponent(data)];
  if (method === "POST") {
    const wanted = parseExportQuery(version, name, url.searchParams);
    const workers = Number(last);
    if (!/^\d+$/.test(last) || workers < 1 || workers > 10_000) {
      throw new RangeError(`Expected the number of workers from 1 to 10000, got ${last}`);
    }
    const run = await service.start(wanted, workers).catch((cause: unknown) => {
      throw cause instanceof RangeError ? new RangeError(inQueryNames(cause.message)) : cause;
    });
    const { uuid: full } = run.plan.source;
    const location = `/api/node/${full}/${data}/export/${run.plan.id}`;
    return { status: 202, body: { id: run.plan.id, status: location }, headers: { location } };
  }
  if (!["GET", "HEAD", "DELETE"].includes(method)) {
    const headers = { allow: "GET, POST, DELETE" };
    return { status: 405, body: { error: `no ${method} here` }, headers };
  }
  const run = service.find(last);
  const { source } = run?.plan ?? {};
  if (!run || !source?.uuid.startsWith(version) || source.data !== name) {
    return { status: 404, body: { error: `no export ${last} of ${version}/${name} here` } };
  }
  if (method === "DELETE") run.cancel(url.searchParams.has("keep"));
  if (method === "GET" && /text\/html/.test(request.headers.accept ?? "")) {
    return { status: 200, type: "text/html; charset=utf-8", body: statusPage() };
  }
  return { status: 200, body: run.status };
}

function wantsJson({ headers }: IncomingMessage): boolean {
  return headers.accept === "application/json";
}

function refuse(response: ServerResponse, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  response.writeHead(statusOf(error), { "content-type": "application/json" });
  response.end(`${JSON.stringify({ error: reason })}\n`);
}

function statusOf(error: unknown): number {
  if (isExportError(error, "busy")) return 409;
  if (isLabelmapError(error)) return statuses[error.code] ?? 400;
  const told = [RangeError, TypeError, URIError].some((kind) => error instanceof kind);
  return told || isExportError(error) ? 400 : 500;
}

function allowed({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const [given, wanted] = [
    Buffer.from(headers.authorization ?? ""),
    Buffer.from(`Bearer ${token}`),
  ];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
