import { type Command, defineCommand } from "../cli/command.ts";
import { parseLabel } from "../cli/parse-value.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset", "label?"],
  options: { version: versionOption },
  examples: ["blocks fly 720575940625431866", "blocks fly --json"],
  async run({ args, options, signal, output }) {
    const query = await openVersion(args.dataset, options.version, signal);
    if (args.label === undefined) {
      const blocks = await query.blockTable({ signal });
      if (output.json) output.value(blocks);
      else {
        const rows = blocks.map(({ id, pairs, points }) => [id, pairs, points]);
        output.table(["block", "labels", "points"], rows);
      }
      return;
    }
    const label = parseLabel("<label>", args.label);
    const { compare } = new Intl.Collator("en", { numeric: true });
    const blocks = (await query.blocks(label, { signal })).sort(compare);
    if (output.json) output.value(blocks);
    else for (const block of blocks) output.line(block);
  },
});
