import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Passes requests on to a server after a while, but for those that `instead` answers; `onData` is told what comes back. */
export async function proxy(
  target: string,
  instead: (path: string, response: ServerResponse) => boolean,
  delayMs = 0,
  onData: (path: string, size: number) => void = () => undefined,
): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async (incoming, response) => {
    if (delayMs > 0) await sleep(delayMs);
    const { url = "/", method, headers } = incoming;
    if (instead(url, response)) return;
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (data: Buffer) => onData(url, data.length));
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}
