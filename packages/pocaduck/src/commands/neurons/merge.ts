import { readAll, writeAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { Notes, reading, readOptions, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["output", "input..."],
  options: { ...readOptions, ...writeOptions },
  examples: ["neurons merge all.parquet a.parquet b.parquet more.zip"],
  async run({ args, options, output }) {
    if (args.input.includes(args.output))
      throw new CommandError("the output is one of the inputs", "usage");
    const notes = new Notes(output);
    const report = await writeAny(
      args.output,
      readAll(args.input, reading(options, notes)),
      writing(options),
    );
    notes.warnings.push(...report.warnings);
    notes.tell();
    if (output.json) output.value({ ...report, warnings: notes.warnings, skipped: notes.skipped });
    else output.line(`${report.neurons.toLocaleString("en")} neurons to ${args.output}`);
  },
});
