import { type Neuron, rewriteNeurons } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { deliver, report } from "../../outputs/deliver.ts";
import { openInput } from "./input.ts";
import { indexOption, Notes, parquetOptions, shapeOptions } from "./options.ts";
import { openFile } from "./read.ts";
import { parseShape, shaped } from "./shape.ts";
import { advised, counted, openWriting } from "./writing.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...indexOption,
    ...shapeOptions,
    ...parquetOptions,
    lean: {
      type: "boolean",
      about: "metadata in a table that navis does not see, for a small footer",
    },
    keep: { type: "boolean", about: "keep the order of neurons; sorted by id otherwise" },
  },
  examples: ["neurons rewrite flywire.parquet lean.parquet --lean"],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const shape = parseShape({ idType: options["id-type"] });
    const { target, options: writing } = await openWriting(args.output, [args.input], {
      ...options,
      to: "parquet",
    });
    const { format: _, ...rest } = writing;
    const input = await openInput(args.input, signal);
    await using file = await openFile(input, options.index, { signal, notes });
    const map = (neuron: Neuron): Neuron => {
      signal.throwIfAborted();
      return shaped(neuron, shape);
    };
    const made = await deliver(target, { signal, output }, (path) =>
      advised(
        rewriteNeurons(file, path, {
          ...rest,
          map,
          ...(options.lean === true ? { metadata: "table" } : {}),
          ...(options.keep === true ? { order: "keep" } : {}),
        }),
        path,
        args.output,
      ),
    );
    notes.warnings.push(...made.warnings);
    notes.tell();
    const size = made.bytes.toLocaleString("en");
    const line = `${counted(made.neurons)}, ${size} bytes to ${args.output}`;
    report(target, output, line, { ...made, warnings: notes.warnings });
  },
});
