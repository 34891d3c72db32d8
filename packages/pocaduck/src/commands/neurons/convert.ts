import { readFile } from "node:fs/promises";
import {
  addConnectors,
  type Connectors,
  type Neuron,
  type NeuronId,
  parseConnectorsCsv,
  readAll,
  toDotprops,
  type Warning,
  writeAny,
} from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseInteger } from "../../cli/parse-value.ts";
import { assertElsewhere, chosen, isPartial } from "./chosen.ts";
import { Notes, reading, readOptions, writeOptions, writing } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...readOptions,
    ...writeOptions,
    connectors: {
      type: "string",
      value: "file.csv",
      about: "connectors to add, with a column neuron",
    },
    dotprops: {
      type: "string",
      value: "k",
      about: "turn skeletons into points with tangents, each over its k nearest",
    },
    sharded: { type: "boolean", about: "precomputed: many skeletons to a file" },
    nanometers: {
      type: "string",
      value: "number",
      about: "precomputed: of one step, where the units do not tell",
    },
    reindex: { type: "boolean", about: "SWC: number nodes from 1" },
  },
  examples: [
    "neurons convert skeletons.zip neurons.parquet",
    "neurons convert neurons.parquet folder --to precomputed --sharded",
    "neurons convert a.parquet b.parquet --dialect neurarrow",
    "neurons convert neurons.parquet synapses.csv",
  ],
  async run({ args, options, signal, output }) {
    assertElsewhere(args.output, [args.input]);
    const notes = new Notes(output);
    const k =
      options.dotprops === undefined
        ? undefined
        : parseInteger("--dotprops", options.dotprops, 2, 1000);
    const nanometers = Number(options.nanometers);
    if (options.nanometers !== undefined && !(nanometers > 0)) {
      throw new CommandError(
        `expected --nanometers to be a number above 0, got "${options.nanometers}"`,
        "usage",
      );
    }
    const added =
      options.connectors === undefined ? undefined : await connectorsOf(options.connectors);
    const source = async function* (): AsyncGenerator<Neuron> {
      let done = 0;
      const bar = output.progress("neurons");
      const found = readAll([args.input], reading(options, notes));
      const choice = { ids: options.id ?? [], partial: isPartial(options), signal, notes };
      const wanted = chosen(found, { ...choice, input: args.input });
      const note = (warning: Warning) => notes.warnings.push(warning);
      for await (const neuron of added ? addConnectors(wanted, added, note) : wanted) {
        yield k === undefined ? neuron : toDotprops(neuron, k, note);
        bar.at(++done);
      }
      bar.end();
    };
    const report = await writeAny(args.output, source(), {
      ...writing(options),
      ...(options.sharded === true ? { sharded: true } : {}),
      ...(options.nanometers === undefined ? {} : { nanometers }),
      ...(options.reindex === true ? { reindex: true } : {}),
    });
    notes.warnings.push(...report.warnings);
    notes.tell();
    if (output.json) output.value({ ...report, warnings: notes.warnings, skipped: notes.skipped });
    else output.line(`${report.neurons.toLocaleString("en")} neurons to ${args.output}`);
  },
});

async function connectorsOf(path: string): Promise<Map<NeuronId, Connectors>> {
  return parseConnectorsCsv(await readFile(path, "utf8"), { file: path });
}
