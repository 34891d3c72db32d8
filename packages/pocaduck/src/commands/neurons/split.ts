import { basename, dirname, join } from "node:path";
import { splitNeurons, type Warning } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { deliver } from "../../outputs/deliver.ts";
import { choiceOf, chosen } from "./chosen.ts";
import {
  indexOption,
  Notes,
  parquetOptions,
  reading,
  readOptions,
  shapeOptions,
} from "./options.ts";
import { neuronsOf } from "./read.ts";
import { allShaped, parseShape } from "./shape.ts";
import { advised, openWriting } from "./writing.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...readOptions,
    ...indexOption,
    ...shapeOptions,
    ...parquetOptions,
    neurons: { type: "string", value: "count", about: "neurons a file holds at most" },
    rows: { type: "string", value: "count", about: "nodes a file holds about" },
  },
  examples: ["neurons split all.parquet part.parquet --neurons 10000"],
  async run({ args, options, signal, output }) {
    const count = (name: "neurons" | "rows") => {
      const text = options[name];
      return text === undefined
        ? {}
        : { [name]: parseInteger(`--${name}`, text, 1, Number.MAX_SAFE_INTEGER) };
    };
    const sizes = { ...count("neurons"), ...count("rows") };
    if (Object.keys(sizes).length === 0)
      throw new CommandError("expected --neurons or --rows", "usage");
    if (!/\.parquet$/i.test(args.output))
      throw new CommandError(`expected <output> to end in .parquet, got "${args.output}"`, "usage");
    const notes = new Notes(output);
    const onWarning = (warning: Warning) => void notes.warnings.push(warning);
    const shape = parseShape({ units: options.units, idType: options["id-type"] });
    const choice = choiceOf(options, { input: args.input, notes, signal });
    const read = reading(options, notes);
    const { target, options: writing } = await openWriting(args.output, [args.input], options);
    const { format: _, ...rest } = writing;
    const found = chosen(neuronsOf([args.input], read, { signal, notes }), choice);
    const paths = await deliver(target, { signal, output }, (path) =>
      advised(
        splitNeurons(allShaped(found, shape), path, { ...rest, ...sizes, onWarning }),
        path,
        args.output,
      ),
    );
    notes.tell();
    const names = paths.map((path) => beside(args.output, basename(path)));
    if (output.json) output.value(names);
    else for (const name of names) output.line(name);
  },
});

function beside(output: string, name: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(output)
    ? output.replace(/[^/]*$/, name)
    : join(dirname(output), name);
}
