import { collectGarbage, openDataset } from "@pocaduck/ingest";
import { type Command, defineCommand } from "../cli/command.ts";
import { parseNumber } from "../cli/parse-value.ts";
import { open } from "../open.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {
    grace: {
      type: "string",
      value: "hours",
      about: "how long an object must have been seen unnamed: 24 by default",
    },
  },
  async run({ args, options, signal, output }) {
    const hours = parseNumber("--grace", options.grace ?? "24", 0);
    const store = await open(args.dataset);
    await openDataset(store, { signal });
    const result = await collectGarbage(store, { graceMs: hours * 3_600_000, signal });
    const number = (value: number): string => value.toLocaleString("en");
    if (output.json) output.value(result);
    else {
      output.line(`deleted ${number(result.deleted)} objects of ${number(result.size)} bytes`);
      if (result.waiting > 0) {
        output.line(
          `${number(result.waiting)} more are named by nothing: run gc again in ${hours} hours`,
        );
      }
    }
  },
});
