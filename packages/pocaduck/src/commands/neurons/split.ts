import { splitNeurons, type Warning } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { Notes, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...writeOptions,
    neurons: { type: "string", value: "count", about: "neurons a file holds at most" },
    rows: { type: "string", value: "count", about: "nodes a file holds about" },
  },
  examples: ["neurons split all.parquet part.parquet --neurons 10000"],
  async run({ args, options, output }) {
    const count = (name: "neurons" | "rows") => {
      const text = options[name];
      return text === undefined
        ? {}
        : { [name]: parseInteger(`--${name}`, text, 1, Number.MAX_SAFE_INTEGER) };
    };
    const sizes = { ...count("neurons"), ...count("rows") };
    if (Object.keys(sizes).length === 0)
      throw new CommandError("expected --neurons or --rows", "usage");
    const { format: _, ...rest } = writing(options);
    const notes = new Notes(output);
    const onWarning = (warning: Warning) => notes.warnings.push(warning);
    const paths = await splitNeurons(args.input, args.output, { ...rest, ...sizes, onWarning });
    notes.tell();
    if (output.json) output.value(paths);
    else for (const path of paths) output.line(path);
  },
});
