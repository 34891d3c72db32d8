import { openDataset, verifyDataset } from "@pocaduck/ingest";
import { type Command, defineCommand } from "../cli/command.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { ConfigError } from "../config/config-error.ts";
import { openReadable } from "../open.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {},
  async run({ args, signal, output }) {
    const store = await openReadable(args.dataset);
    if (!("put" in store)) {
      throw new ConfigError(
        "invalid-url",
        `${args.dataset}: verify lists what is there, and this place has no listings; verify the dataset where it is kept`,
      );
    }
    await openDataset(store, { signal });
    const bar = output.progress("verifying");
    const result = await verifyDataset(store, { signal, onProgress: (done) => bar.at(done) });
    bar.end();
    const { objects, size, damage } = result;
    if (output.json) output.value(result);
    else {
      for (const { key, reason } of damage) output.line(`${key} ${reason}`);
      const sound = damage.length === 0 ? ": all are sound" : "";
      output.line(
        `${objects.toLocaleString("en")} objects of ${size.toLocaleString("en")} bytes read${sound}`,
      );
    }
    if (damage.length > 0) {
      const lost = damage.some(({ key }) => key.endsWith(".json"));
      const unseen = lost ? "; what a damaged record alone names was not looked for" : "";
      const counted = `${damage.length} of the records and the ${objects} objects that they name are damaged`;
      throw new CommandError(`${counted}${unseen}`, "unreadable");
    }
  },
});
