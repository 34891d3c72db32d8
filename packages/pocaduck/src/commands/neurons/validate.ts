import { checkNeuron, type Issue, readAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { Notes, reading, readOptions } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input"],
  options: {
    ...readOptions,
    roots: { type: "boolean", about: "count several roots as a fault too" },
  },
  examples: ["neurons validate neurons.parquet", "neurons validate folder --json"],
  async run({ args, options, output }) {
    const notes = new Notes(output);
    const issues: Issue[] = [];
    let neurons = 0;
    for await (const neuron of readAny(args.input, reading(options, notes))) {
      neurons++;
      issues.push(...checkNeuron(neuron));
    }
    notes.tell();
    if (output.json)
      output.value({ neurons, issues, warnings: notes.warnings, skipped: notes.skipped });
    else
      for (const { neuron, kind, message } of issues)
        output.line(`neuron ${neuron}: ${kind}: ${message}`);
    const faults = issues.filter(({ kind }) => kind !== "several-roots" || options.roots === true);
    if (faults.length > 0) throw new CommandError(`${faults.length} faults in ${neurons} neurons`);
    if (!output.json) output.line(`${neurons.toLocaleString("en")} neurons without fault`);
  },
});
