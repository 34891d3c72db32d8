import { readAll, writeAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { assertElsewhere, chosen, isPartial } from "./chosen.ts";
import { Notes, reading, readOptions, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["output", "input..."],
  options: { ...readOptions, ...writeOptions },
  examples: ["neurons merge all.parquet a.parquet b.parquet more.zip"],
  async run({ args, options, signal, output }) {
    assertElsewhere(args.output, args.input);
    const notes = new Notes(output);
    const found = readAll(args.input, reading(options, notes));
    const input = args.input.join(", ");
    const choice = { ids: options.id ?? [], partial: isPartial(options), signal, notes };
    const report = await writeAny(
      args.output,
      chosen(found, { ...choice, input }),
      writing(options),
    );
    notes.warnings.push(...report.warnings);
    notes.tell();
    if (output.json) output.value({ ...report, warnings: notes.warnings, skipped: notes.skipped });
    else output.line(`${report.neurons.toLocaleString("en")} neurons to ${args.output}`);
  },
});
