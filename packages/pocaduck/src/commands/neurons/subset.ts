import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { choiceOf, chosen } from "./chosen.ts";
import { readText } from "./input.ts";
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
  arguments: ["input", "output"],
  options: {
    ...readOptions,
    ...indexOption,
    ...shapeOptions,
    ...toOption,
    ...parquetOptions,
    ids: { type: "string", value: "file", about: "ids, one a line" },
    name: { type: "string", value: "text", about: "only neurons whose name holds this" },
  },
  examples: [
    "neurons subset all.parquet some.parquet --ids ids.txt",
    "neurons subset all.parquet pns.parquet --name DA1",
  ],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const { name } = options;
    const shape = parseShape({ units: options.units, idType: options["id-type"] });
    const listed = options.ids === undefined ? [] : await idsOf(options.ids, signal);
    const ids = [...(options.id ?? []), ...listed];
    const asked = { ...options, ...(ids.length > 0 ? { id: ids } : {}) };
    const choice = choiceOf(asked, { input: args.input, notes, signal });
    const read = {
      ...reading(asked, notes),
      ...(name === undefined
        ? {}
        : {
            where: (metadata: { name?: string | undefined }) =>
              metadata.name?.includes(name) ?? false,
          }),
    };
    const writing = await openWriting(args.output, [args.input], options);
    const found = chosen(neuronsOf([args.input], read, { signal, notes }), { ...choice, name });
    await writeNeuronsTo(writing, allShaped(found, shape), { notes, signal, output });
  },
});

async function idsOf(path: string, signal: AbortSignal): Promise<string[]> {
  const ids = (await readText(path, signal))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (ids.length === 0) throw new CommandError(`${path} holds no ids`, "usage");
  return ids;
}
