import { checkNeuron, type Issue } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { choiceOf, chosen } from "./chosen.ts";
import { indexOption, Notes, reading, readOptions } from "./options.ts";
import { neuronsOf } from "./read.ts";
import { counted } from "./writing.ts";

const { units: _, ...checked } = readOptions;

export const command: Command = defineCommand({
  arguments: ["input"],
  options: {
    ...checked,
    ...indexOption,
    roots: { type: "boolean", about: "count several roots as a fault too" },
  },
  examples: ["neurons validate neurons.parquet", "neurons validate folder --json"],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const issues: Issue[] = [];
    const choice = choiceOf(options, { input: args.input, notes, signal });
    const found = neuronsOf([args.input], reading(options, notes), { signal, notes });
    let neurons = 0;
    for await (const neuron of chosen(found, { ...choice, mayBeEmpty: true })) {
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
    if (faults.length > 0)
      throw new CommandError(`${faults.length} faults in ${counted(neurons)} of ${args.input}`);
    if (!output.json) output.line(`${counted(neurons)} without fault`);
  },
});
