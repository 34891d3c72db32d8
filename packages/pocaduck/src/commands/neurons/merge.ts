import { type Command, defineCommand } from "../../cli/command.ts";
import { assertNew } from "../../outputs/target.ts";
import { choiceOf, chosen } from "./chosen.ts";
import {
  indexOption,
  Notes,
  parquetOptions,
  reading,
  readOptions,
  shapeOptions,
  toOption,
} from "./options.ts";
import { neuronsOf } from "./read.ts";
import { allShaped, parseShape } from "./shape.ts";
import { openWriting, writeNeuronsTo } from "./writing.ts";

export const command: Command = defineCommand({
  arguments: ["output", "input..."],
  options: { ...readOptions, ...indexOption, ...shapeOptions, ...toOption, ...parquetOptions },
  examples: ["neurons merge all.parquet a.parquet b.parquet more.zip"],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const shape = parseShape({ units: options.units, idType: options["id-type"] });
    const choice = choiceOf(options, { input: args.input.join(", "), notes, signal });
    const read = reading(options, notes);
    const writing = await openWriting(args.output, args.input, options);
    await assertNew(writing.target);
    const found = chosen(neuronsOf(args.input, read, { signal, notes }), choice);
    await writeNeuronsTo(writing, allShaped(found, shape), { notes, signal, output });
  },
});
