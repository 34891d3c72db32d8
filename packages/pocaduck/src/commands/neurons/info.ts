import { formatOf, type NeuronFile, type NeuronMetadata } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import type { Output } from "../../cli/output.ts";
import { BucketFolder } from "./bucket-folder.ts";
import { choiceOf, chosen } from "./chosen.ts";
import { type Input, openInput } from "./input.ts";
import { candidates, indexOption, Notes, reading, readOptions } from "./options.ts";
import { neuronsOf, openFile } from "./read.ts";

const { from, id } = readOptions;

export const command: Command = defineCommand({
  arguments: ["input"],
  options: {
    from,
    id: { ...id, about: "metadata of this neuron" },
    list: { type: "boolean", about: "metadata of every neuron" },
    ...indexOption,
  },
  examples: [
    "neurons info neurons.parquet",
    "neurons info neurons.parquet --id 722817260",
    "neurons info set.zip --list",
  ],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const read = reading(options, notes);
    const input = await openInput(args.input, signal);
    const format =
      input.source instanceof BucketFolder
        ? "swc"
        : (read.format ?? (await formatOf(input.source, { signal })));
    if (format !== "parquet") {
      const rows: unknown[][] = [];
      const choice = choiceOf(options, { input: args.input, notes, signal });
      for await (const { id, name, units, x } of chosen(
        neuronsOf([args.input], read, { signal, notes }),
        choice,
      ))
        rows.push([id, name ?? "", units ?? "", x.length]);
      notes.tell();
      if (output.json)
        output.value(rows.map(([id, name, units, nodes]) => ({ id, name, units, nodes })));
      else output.table(["id", "name", "units", "nodes"], rows);
      return;
    }
    await using file = await openFile(input, options.index, { signal, notes });
    if (options.id !== undefined) await tellSome(file, options.id, input, output);
    else if (options.list === true) tell(await file.allMetadata(), output);
    else await tellFile(file, output);
    notes.warnings.push(...file.warnings);
    notes.tell();
  },
});

/** What there is, and then that the rest is nowhere. */
async function tellSome(
  file: NeuronFile,
  asked: readonly string[],
  { name }: Input,
  output: Output,
): Promise<void> {
  const found = new Map<unknown, NeuronMetadata>();
  const missing: string[] = [];
  for (const text of new Set(asked)) {
    const all = await Promise.all(candidates(text).map((id) => file.metadata(id)));
    const [metadata] = all.filter((one) => one !== undefined);
    if (metadata) found.set(metadata.id, metadata);
    else missing.push(text);
  }
  if (found.size > 0 || output.json) tell([...found.values()], output);
  if (missing.length === 0) return;
  const all = new Set(asked).size;
  const list = missing.slice(0, 10).join(", ");
  throw new CommandError(
    `${missing.length} of ${all} ids are not in ${name}: ${list}${missing.length > 10 ? ", …" : ""}`,
    "notFound",
  );
}

function tell(found: readonly NeuronMetadata[], output: Output): void {
  if (output.json) {
    output.value(found);
    return;
  }
  const rows = found.map(({ id, name, units, soma, k, properties }) => [
    id,
    name ?? "",
    typeof units === "object" ? units.join(", ") : (units ?? ""),
    soma?.join(" ") ?? "",
    k ?? "",
    properties ? JSON.stringify(properties, plain) : "",
  ]);
  output.table(["id", "name", "units", "soma", "k", "properties"], rows);
}

async function tellFile(file: NeuronFile, output: Output): Promise<void> {
  const ids = await file.ids();
  const { kind, dialect, rows, size, columns, hasConnectors: connectors } = file;
  if (output.json) {
    const metadata = Object.fromEntries(file.fileMetadata);
    const facts = { kind, dialect, neurons: ids.length, rows, size, columns, connectors, metadata };
    output.value({ ...facts, warnings: file.warnings });
    return;
  }
  const [what, parts] = kind === "skeleton" ? ["skeleton", "node"] : ["dotprop", "point"];
  const many = (count: number, word: string): string =>
    `${count.toLocaleString("en")} ${word}${count === 1 && word !== "dotprop" ? "" : "s"}`;
  output.line(
    `${many(ids.length, what)} of ${many(rows, parts)} in ${many(size, "byte")} (${dialect})`,
  );
  output.line(`columns: ${columns.join(", ")}${connectors ? "; with connectors" : ""}`);
  output.line(
    `ids: ${ids.slice(0, 10).join(", ").replaceAll("\n", "\\n")}${ids.length > 10 ? ", …" : ""}`,
  );
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
