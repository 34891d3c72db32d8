import { writeFile } from "node:fs/promises";
import { openNeurons } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {},
  examples: ["neurons index https://host/flywire.parquet flywire.index"],
  async run({ args, output }) {
    await using file = await openNeurons(args.input, { connectors: false });
    const bytes = await file.sideIndex();
    await writeFile(args.output, bytes);
    if (output.json) output.value({ path: args.output, size: bytes.length });
    else output.line(`${bytes.length.toLocaleString("en")} bytes to ${args.output}`);
  },
});
