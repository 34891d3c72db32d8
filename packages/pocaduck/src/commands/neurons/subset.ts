import { readFile } from "node:fs/promises";
import { readAny, writeAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { assertElsewhere, chosen, isPartial } from "./chosen.ts";
import { candidates, Notes, reading, readOptions, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...readOptions,
    ...writeOptions,
    ids: { type: "string", value: "file", about: "ids, one a line" },
    name: { type: "string", value: "text", about: "only neurons whose name holds this" },
  },
  examples: [
    "neurons subset all.parquet some.parquet --ids ids.txt",
    "neurons subset all.parquet pns.parquet --name DA1",
  ],
  async run({ args, options, signal, output }) {
    assertElsewhere(args.output, [args.input]);
    const notes = new Notes(output);
    const listed = options.ids === undefined ? [] : await idsOf(options.ids);
    const ids = [...(options.id ?? []), ...listed];
    const { name } = options;
    const source = readAny(args.input, {
      ...reading(options, notes),
      ...(ids.length > 0 ? { ids: ids.flatMap(candidates), missing: "skip" } : {}),
      ...(name === undefined
        ? {}
        : { where: (metadata) => metadata.name?.includes(name) ?? false }),
    });
    const partial = name !== undefined || isPartial(options);
    const wanted = chosen(source, { ids, partial, input: args.input, notes, signal });
    const report = await writeAny(args.output, wanted, writing(options));
    notes.warnings.push(...report.warnings);
    notes.tell();
    if (output.json) output.value({ neurons: report.neurons });
    else output.line(`${report.neurons.toLocaleString("en")} neurons to ${args.output}`);
  },
});

async function idsOf(path: string): Promise<string[]> {
  return (await readFile(path, "utf8"))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
