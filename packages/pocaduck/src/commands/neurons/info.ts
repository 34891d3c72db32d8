import { formatOf, openNeurons, readAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { candidates } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input"],
  options: {
    id: { type: "string", value: "id", multiple: true, about: "metadata of this neuron" },
    list: { type: "boolean", about: "metadata of every neuron" },
  },
  examples: [
    "neurons info neurons.parquet",
    "neurons info neurons.parquet --id 722817260",
    "neurons info set.zip --list",
  ],
  async run({ args, options, output }) {
    if ((await formatOf(args.input)) !== "parquet") {
      const rows: unknown[][] = [];
      for await (const { id, name, units, x } of readAny(args.input))
        rows.push([id, name ?? "", units ?? "", x.length]);
      if (output.json)
        output.value(rows.map(([id, name, units, nodes]) => ({ id, name, units, nodes })));
      else output.table(["id", "name", "units", "nodes"], rows);
      return;
    }
    await using file = await openNeurons(args.input);
    if (options.list === true || options.id !== undefined) {
      const all = await file.allMetadata();
      const asked = options.id && new Set(options.id.flatMap(candidates).map(String));
      const found = all.filter(({ id }) => !asked || asked.has(String(id)));
      if (output.json) output.value(found);
      else {
        const rows = found.map(({ id, name, units, soma, k, properties }) => [
          id,
          name ?? "",
          String(units ?? ""),
          soma?.join(" ") ?? "",
          k ?? "",
          properties ? JSON.stringify(properties, plain) : "",
        ]);
        output.table(["id", "name", "units", "soma", "k", "properties"], rows);
      }
      for (const { neuron, message } of file.warnings)
        output.note(`${neuron === undefined ? "" : `neuron ${neuron}: `}${message}`);
      return;
    }
    const ids = await file.ids();
    const { kind, dialect, rows, size, columns, hasConnectors: connectors } = file;
    const facts = {
      kind,
      dialect,
      neurons: ids.length,
      rows,
      size,
      columns,
      connectors,
      metadata: Object.fromEntries(file.fileMetadata),
    };
    if (output.json) output.value({ ...facts, warnings: file.warnings });
    else {
      output.line(
        `${ids.length.toLocaleString("en")} ${kind === "skeleton" ? "skeletons" : "dotprops"} of ${rows.toLocaleString("en")} ${kind === "skeleton" ? "nodes" : "points"} in ${size.toLocaleString("en")} bytes (${dialect})`,
      );
      output.line(`columns: ${columns.join(", ")}${connectors ? "; with connectors" : ""}`);
      output.line(`ids: ${ids.slice(0, 10).join(", ")}${ids.length > 10 ? ", …" : ""}`);
    }
    for (const { neuron, message } of file.warnings)
      output.note(`${neuron === undefined ? "" : `neuron ${neuron}: `}${message}`);
  },
});

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
