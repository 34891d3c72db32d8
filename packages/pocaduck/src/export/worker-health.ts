import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CommandError } from "../cli/exit-codes.ts";

/** A worker that lives asks its service every few seconds; one that waits for a sink renews its lease. */
const silenceMs = 120_000;

export interface WorkerHealth extends AsyncDisposable {
  readonly url: string;
  /** The worker has shown that it lives. */
  sign(): void;
}

/** Answers `/healthz` for supervisors: 200 while the worker shows signs of life, 503 when it hangs. */
export async function serveHealth(address: { host: string; port: number }): Promise<WorkerHealth> {
  let signAt = performance.now();
  const server = createServer(({ url }, response) => {
    const silent = performance.now() - signAt;
    const status = url !== "/healthz" ? 404 : silent > silenceMs ? 503 : 200;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ ok: status === 200, silentMs: Math.round(silent) })}\n`);
  });
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const reason = `cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new CommandError(reason, "unavailable", { cause }));
    });
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/healthz`,
    sign() {
      signAt = performance.now();
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
