import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Delay extends AsyncDisposable {
  url: string;
  /** Milliseconds added to each request. */
  ms: number;
  /** Requests under way at the most since it was set to 0. */
  most: number;
}

/** Passes requests on to a server, each after a while. */
export async function delay(target: string): Promise<Delay> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let open = 0;
  const server = createServer(async (incoming, response) => {
    open++;
    state.most = Math.max(state.most, open);
    response.once("close", () => open--);
    if (state.ms > 0) await sleep(state.ms);
    const { url: path = "/", method, headers } = incoming;
    const onward = request(`${target}${path}`, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const state: Delay = {
    url: `http://127.0.0.1:${port}`,
    ms: 0,
    most: 0,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}
