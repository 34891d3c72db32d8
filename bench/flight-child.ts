import { serveFlight } from "@pocaduck/flight";
import { blockSchema, messages } from "./flight-blocks.ts";

/** A process of its own: `--tls '{"key","cert"}'`; tells its address, and on request its peak memory (MB) and CPU time (s). */
const { tls } = JSON.parse(process.argv[2] ?? "{}");
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

await using server = await serveFlight({
  ...(tls && { tls }),
  handlers: {
    doGet: (ticket) => ({ schema: blockSchema, messages: messages(Number(text(ticket))) }),
    async *doPut(input) {
      let rows = 0;
      for await (const { batch } of input) rows += batch?.numRows ?? 0;
      yield new TextEncoder().encode(String(rows));
    },
    *doAction() {
      const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
      const told = { peak: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 };
      yield new TextEncoder().encode(JSON.stringify(told));
    },
  },
});
process.stdout.write(`${JSON.stringify(server.uri)}\n`);
await new Promise((resolve) => process.stdin.once("end", resolve).resume());
process.exit(0);
