import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Passes requests on to a server, each after a while, in a process of its own: `delay-child.ts <url>`. Takes the
 * milliseconds to add as messages, and answers each with the requests that were under way at the most until then.
 */
const target = process.argv[2] ?? "";
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
let [ms, open, most] = [0, 0, 0];
const server = createServer(async (incoming, response) => {
  most = Math.max(most, ++open);
  response.once("close", () => open--);
  if (ms > 0) await sleep(ms);
  const { url: path = "/", method, headers } = incoming;
  const onward = request(`${target}${path}`, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  incoming.pipe(onward);
});
process.on("message", (asked: number) => {
  process.send?.(most);
  [ms, most] = [asked, 0];
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
