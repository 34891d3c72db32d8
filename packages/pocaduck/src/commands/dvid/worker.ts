import "../../export/quiet-grpc.ts";
import { runWorker } from "@pocaduck/labelmap-export";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { parseAddress } from "../../export/address.ts";
import { logLines } from "../../export/log.ts";
import { openSink } from "../../export/open-sink.ts";
import { certificatePem } from "../../export/pem.ts";
import { serviceToken } from "../../export/tokens.ts";
import { serveHealth } from "../../export/worker-health.ts";

export const command: Command = defineCommand({
  arguments: [],
  options: {
    service: {
      type: "string",
      value: "uri",
      about: "as dvid serve tells it: grpc+tcp://host:8815",
    },
    sink: { type: "string", value: "url", about: "where to write: the same for all workers" },
    name: {
      type: "string",
      value: "name",
      about: "unique among them: host and process by default",
    },
    ca: { type: "string", value: "file", about: "certificate that vouches for the service, PEM" },
    insecure: { type: "boolean", about: "send the token over plain TCP to another machine" },
    health: {
      type: "string",
      value: "host:port",
      about: "where /healthz tells supervisors that it lives: nowhere by default",
    },
    patience: {
      type: "string",
      value: "seconds",
      about: "how long the service may be away: 600 by default",
    },
    idle: {
      type: "string",
      value: "seconds",
      about: "how long to wait for work: for ever by default",
    },
  },
  examples: ["dvid worker --service grpc+tcp://host:8815 --sink s3://bucket/fly"],
  async run({ options, signal, output }) {
    const { service, sink: url, name, ca } = options;
    if (service === undefined) throw new CommandError("--service is missing", "usage");
    if (url === undefined) throw new CommandError("--sink is missing", "usage");
    if (name === "") throw new CommandError("--name is empty: leave it out, or give one", "usage");
    const patienceMs = 1000 * parseInteger("--patience", options.patience ?? "600", 1, 86_400);
    const idleMs =
      options.idle === undefined
        ? undefined
        : 1000 * parseInteger("--idle", options.idle, 1, 86_400);
    const at = options.health === undefined ? undefined : parseAddress("--health", options.health);
    await using health = at && (await serveHealth(at));
    await using sink = await openSink(url);
    const summary = await runWorker(service, sink, {
      signal,
      patienceMs,
      log: logLines,
      ...(idleMs !== undefined && { idleMs }),
      ...(health && { onSign: health.sign }),
      ...(name !== undefined && { name }),
      ...(ca !== undefined && { tls: { ca: await certificatePem(ca) } }),
      ...(options.insecure === true && { allowPlaintext: true }),
      ...serviceToken(),
    }).catch((cause: unknown) => {
      if (!(cause instanceof TypeError)) throw cause;
      throw new CommandError(cause.message, "usage", { cause });
    });
    if (output.json) output.value(summary);
    else output.line(`wrote ${summary.tasks} tasks, ${summary.rows.toLocaleString("en")} rows`);
  },
});
