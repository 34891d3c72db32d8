import { writeFile } from "node:fs/promises";
import { openNeurons } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    nodes: {
      type: "boolean",
      about: "note neurons whose nodes are numbered one after another; reads all node ids once",
    },
  },
  examples: ["neurons index https://host/flywire.parquet flywire.index"],
  async run({ args, options, output }) {
    await using file = await openNeurons(args.input, { connectors: false });
    const bytes = await file.sideIndex({ nodeIds: options.nodes === true });
    await writeFile(args.output, bytes);
    if (output.json) output.value({ path: args.output, size: bytes.length });
    else output.line(`${bytes.length.toLocaleString("en")} bytes to ${args.output}`);
  },
});
