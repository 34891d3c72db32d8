import "../../export/quiet-grpc.ts";
import { once } from "node:events";
import { serveExports } from "@pocaduck/labelmap-export";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { isLoopback, parseAddress, parseServer } from "../../export/address.ts";
import { logLines } from "../../export/log.ts";
import { certificatePem, keyPem } from "../../export/pem.ts";
import { dvidOptions, serviceToken } from "../../export/tokens.ts";

export const command: Command = defineCommand({
  arguments: [],
  options: {
    dvid: { type: "string", value: "url", about: "of DVID, as in http://host:8000" },
    flight: {
      type: "string",
      value: "host:port",
      about: "where workers connect: 127.0.0.1:8815 by default",
    },
    http: {
      type: "string",
      value: "host:port",
      about: "status page and calls: 127.0.0.1:8816 by default",
    },
    "tls-cert": { type: "string", value: "file", about: "certificate of the Flight server, PEM" },
    "tls-key": { type: "string", value: "file", about: "its key, PEM" },
    insecure: {
      type: "boolean",
      about: "no TLS, or no token, on an address that other machines reach",
    },
    readers: { type: "string", value: "n", about: "requests to DVID at a time: 4 by default" },
    wait: { type: "string", value: "seconds", about: "for workers, 60 by default" },
    lease: {
      type: "string",
      value: "seconds",
      about: "after which a silent worker's task goes to another: 30 by default",
    },
  },
  examples: [
    "dvid serve --dvid http://host:8000 --flight 0.0.0.0:8815 --insecure   # POCADUCK_TOKEN in the environment",
    "dvid serve --dvid http://host:8000 --flight 0.0.0.0:8815 --tls-cert c.pem --tls-key k.pem",
  ],
  async run({ options, signal, output }) {
    if (options.dvid === undefined) throw new CommandError("--dvid is missing", "usage");
    const flight = parseAddress("--flight", options.flight ?? "127.0.0.1:8815");
    const http = parseAddress("--http", options.http ?? "127.0.0.1:8816");
    const readers = parseInteger("--readers", options.readers ?? "4", 1, 256);
    const waitMs = 1000 * parseInteger("--wait", options.wait ?? "60", 1, 86_400);
    const leaseMs = 1000 * parseInteger("--lease", options.lease ?? "30", 1, 3600);
    const [cert, key] = [options["tls-cert"], options["tls-key"]];
    if ((cert === undefined) !== (key === undefined)) {
      throw new CommandError("--tls-cert and --tls-key go together", "usage");
    }
    const tls =
      cert && key ? { tls: { cert: await certificatePem(cert), key: await keyPem(key) } } : {};
    const plain = options.insecure === true ? { allowPlaintext: true } : {};
    const token = serviceToken();
    if (!token.token && !isLoopback(http.host) && options.insecure !== true) {
      const reason = `--http on ${http.host} without a token lets anybody there begin and cancel`;
      throw new CommandError(`${reason}: set POCADUCK_TOKEN, or give --insecure`, "usage");
    }
    await using service = await serveExports({
      server: parseServer("--dvid", options.dvid),
      readers,
      waitMs,
      leaseMs,
      flight: { ...flight, ...tls, ...plain },
      http,
      log: logLines,
      ...dvidOptions(),
      ...token,
    }).catch((cause: unknown) => {
      if (!(cause instanceof TypeError)) throw cause;
      const advice = `${cause.message}: give --tls-cert and --tls-key, or --insecure`;
      throw new CommandError(advice, "usage", { cause });
    });
    if (output.json) output.value({ flight: service.uri, http: service.url });
    else output.line(`workers: ${service.uri}\nstatus:  ${service.url}`);
    if (!signal.aborted) await once(signal, "abort");
    logLines("ending", {});
  },
});
