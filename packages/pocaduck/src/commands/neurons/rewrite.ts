import { rewriteNeurons } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { assertElsewhere } from "./chosen.ts";
import { Notes, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...writeOptions,
    lean: {
      type: "boolean",
      about: "metadata in a table that navis does not see, for a small footer",
    },
    keep: { type: "boolean", about: "keep the order of neurons; sorted by id otherwise" },
  },
  examples: ["neurons rewrite flywire.parquet lean.parquet --lean"],
  async run({ args, options, output }) {
    assertElsewhere(args.output, [args.input]);
    const { format: _, ...rest } = writing(options);
    const notes = new Notes(output);
    const report = await rewriteNeurons(args.input, args.output, {
      ...rest,
      ...(options.lean === true ? { metadata: "table" } : {}),
      ...(options.keep === true ? { order: "keep" } : {}),
    });
    notes.warnings.push(...report.warnings);
    notes.tell();
    if (output.json) output.value(report);
    else
      output.line(
        `${report.neurons.toLocaleString("en")} neurons, ${report.bytes.toLocaleString("en")} bytes to ${args.output}`,
      );
  },
});
