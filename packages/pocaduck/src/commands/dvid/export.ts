import "../../export/quiet-grpc.ts";
import { availableParallelism } from "node:os";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError, exitOf } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { parseServer } from "../../export/address.ts";
import { exportLocally } from "../../export/export-locally.ts";
import { logLines } from "../../export/log.ts";
import { inFlags, parseRequest, requestOptions } from "../../export/request.ts";
import { summaryOf } from "../../export/summary.ts";

export const command: Command = defineCommand({
  arguments: ["server", "uuid", "data", "sink"],
  options: {
    workers: {
      type: "string",
      value: "n",
      about: "processes that write: as many as there are cores by default",
    },
    ...requestOptions,
    log: { type: "boolean", about: "each event as a line of JSON on standard error" },
  },
  examples: [
    "dvid export http://host:8000 3c7f segmentation fly-labelmap --workers 4",
    "dvid export http://host:8000 :main segmentation s3://bucket/fly --scales 0 --allow-open",
  ],
  async run({ args, options, signal, output }) {
    const cores = String(availableParallelism());
    const workers = parseInteger("--workers", options.workers ?? cores, 1, 256);
    const request = parseRequest(args.uuid, args.data, options);
    const started = performance.now();
    let bar = output.progress("planning");
    let planned = false;
    const status = await exportLocally({
      server: parseServer("<server>", args.server),
      request,
      sink: args.sink,
      workers,
      signal,
      log: options.log === true ? logLines : undefined,
      onProgress({ state, tasks, blocks }) {
        if (!planned && state === "running") {
          bar.end();
          bar = output.progress("exporting", tasks.total);
          planned = true;
        }
        bar.at(tasks.done, `${blocks.toLocaleString("en")} blocks`);
      },
      onNote(text) {
        bar.end();
        output.note(text);
      },
    })
      .catch((cause: unknown) => {
        if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
        throw new CommandError(inFlags(cause.message), "usage", { cause });
      })
      .finally(() => bar.end());
    const seconds = (performance.now() - started) / 1000;
    const { tasks, failures, error } = status;
    if (status.state !== "done") {
      throw new CommandError(error ?? `the export is ${status.state}`, exitOf(status.code));
    }
    if (output.json) output.value({ ...status, seconds });
    else output.line(summaryOf(status, args.sink, seconds));
    if (status.moved)
      output.note("the version moved meanwhile: the rows are of more than one state");
    if (status.empty) output.note("warning: no block was found: do the extents meet the data?");
    if (failures.length === 0) return;
    const [first] = failures;
    throw new CommandError(
      `${failures.length} of ${tasks.total} tasks were given up, ${first?.task} because: ${first?.reason}; ` +
        "manifest.json names all of them",
    );
  },
});
