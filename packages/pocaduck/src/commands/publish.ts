import { openDataset } from "@pocaduck/ingest";
import { type Command, defineCommand } from "../cli/command.ts";
import { parseInteger } from "../cli/parse-value.ts";
import { open } from "../open.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {
    memory: { type: "string", value: "MB", about: "for building the index: 1024 by default" },
  },
  async run({ args, options, signal, output }) {
    const dataset = await openDataset(await open(args.dataset), { signal });
    const memoryMb = parseInteger("--memory", options.memory ?? "1024", 300, 1_000_000);
    const published = await dataset.publish({ memoryMb, signal });
    if (output.json) {
      output.value(published);
      return;
    }
    const { labels, pairs, points, blocks } = published.totals;
    const number = (value: number): string => value.toLocaleString("en");
    output.line(
      published.changed
        ? `published version ${published.version}: ${number(labels)} labels, ${number(pairs)} pairs, ` +
            `${number(points)} points in ${number(blocks)} blocks`
        : `nothing new since version ${published.version}`,
    );
    if (published.missingBlocks)
      output.line(`${number(published.missingBlocks)} blocks are missing`);
    if (published.conflicts > 0) {
      output.line(`${number(published.conflicts)} times two commits wrote a block differently`);
    }
  },
});
