import { collectGarbage, type GcOptions, openDataset } from "@pocaduck/ingest";
import { isStoreError } from "@pocaduck/storage";
import { endUploadsOf } from "../backends.ts";
import { type Command, defineCommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
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
    const end = endUploadsOf(store);
    const result = await collectGarbage(store, {
      graceMs: hours * 3_600_000,
      signal,
      ...(end && { endUploads: tolerant(end, output) }),
    });
    const number = (value: number): string => value.toLocaleString("en");
    if (output.json) output.value(result);
    else {
      output.line(`deleted ${number(result.deleted)} objects of ${number(result.size)} bytes`);
      if (result.uploads > 0) {
        output.line(`ended ${number(result.uploads)} unfinished uploads`);
      }
      if (result.waiting > 0) {
        output.line(
          `${number(result.waiting)} more are named by nothing: run gc again in ${hours} hours`,
        );
      }
    }
  },
});

type EndUploads = NonNullable<GcOptions["endUploads"]>;

/** Objects are collected without the right to look for uploads, or on a server that does not list them. */
function tolerant(end: EndUploads, output: Output): EndUploads {
  let isOff = false;
  return async (...call) => {
    if (isOff) return 0;
    try {
      return await end(...call);
    } catch (error) {
      if (!isStoreError(error, "forbidden", "unsupported")) throw error;
      isOff = true;
      output.note(`unfinished uploads are left as they are: ${error.message}`);
      return 0;
    }
  };
}
