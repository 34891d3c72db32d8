import { readFile } from "node:fs/promises";
import { readAny, writeAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
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
  async run({ args, options, output }) {
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
    const report = await writeAny(args.output, source, writing(options));
    notes.warnings.push(...report.warnings);
    // Digits were asked for as an integer and as a text: only one can be there.
    const missing = new Set(ids).size - report.neurons;
    const told = notes.warnings.filter(({ message }) => message !== "is not in the file");
    notes.warnings.splice(0, notes.warnings.length, ...told);
    notes.tell();
    if (output.json) output.value({ neurons: report.neurons, missing: Math.max(0, missing) });
    else output.line(`${report.neurons.toLocaleString("en")} neurons to ${args.output}`);
    if (ids.length > 0 && missing > 0 && name === undefined && options.limit === undefined) {
      throw new CommandError(
        `${missing} of ${new Set(ids).size} ids are not in ${args.input}`,
        "notFound",
      );
    }
  },
});

async function idsOf(path: string): Promise<string[]> {
  return (await readFile(path, "utf8"))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
