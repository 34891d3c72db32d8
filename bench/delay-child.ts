import { type AddressInfo, connect, createServer } from "node:net";

/**
 * Passes bytes on to a server, what clients send after a while, as a distant server would get it; in a process of its
 * own: `delay-child.ts <url>`. Knows nothing of HTTP, so that it costs little beside the two. Takes the milliseconds
 * to add as messages, and answers each with the connections that waited for an answer at the most until then.
 */
const { hostname, port } = new URL(process.argv[2] ?? "");
let [ms, waiting, most] = [0, 0, 0];
const server = createServer({ noDelay: true }, (client) => {
  const onward = connect({ host: hostname, port: Number(port), noDelay: true });
  let asked = false;
  const answered = (): void => {
    if (asked) waiting--;
    asked = false;
  };
  client.on("data", (chunk) => {
    if (!asked) most = Math.max(most, ++waiting);
    asked = true;
    if (ms > 0) setTimeout(() => onward.write(chunk), ms);
    else onward.write(chunk);
  });
  onward.on("data", answered);
  onward.pipe(client);
  client.on("error", () => onward.destroy());
  onward.on("error", () => client.destroy());
  client.once("close", () => {
    answered();
    onward.destroy();
  });
});
process.on("message", (asked: number) => {
  process.send?.(most);
  [ms, most] = [asked, 0];
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
