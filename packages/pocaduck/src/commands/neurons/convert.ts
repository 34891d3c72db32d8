import {
  addConnectors,
  type Connectors,
  type Neuron,
  type NeuronId,
  parseConnectorsCsv,
  toDotprops,
  type Warning,
} from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { parseInteger } from "../../cli/parse-value.ts";
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
import { parseShape, shaped } from "./shape.ts";
import { openWriting, writeNeuronsTo } from "./writing.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...readOptions,
    ...indexOption,
    ...shapeOptions,
    ...toOption,
    ...parquetOptions,
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
    "neurons convert neurons.parquet s3://bucket/skeletons --to precomputed --sharded",
    "neurons convert a.parquet b.parquet --dialect neurarrow",
    "neurons convert neurons.parquet synapses.csv",
    "neurons convert gs://bucket/neurons.parquet folder/",
  ],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const k =
      options.dotprops === undefined
        ? undefined
        : parseInteger("--dotprops", options.dotprops, 2, 1000);
    const shape = parseShape({ units: options.units, idType: options["id-type"] });
    const choice = choiceOf(options, { input: args.input, notes, signal });
    const read = reading(options, notes);
    const writing = await openWriting(args.output, [args.input], options);
    const added =
      options.connectors === undefined ? undefined : await connectorsOf(options.connectors, signal);
    const source = async function* (): AsyncGenerator<Neuron> {
      let done = 0;
      const bar = output.progress("neurons");
      const found = neuronsOf([args.input], read, { signal, notes });
      const wanted = chosen(found, choice);
      const note = (warning: Warning) => void notes.warnings.push(warning);
      for await (const neuron of added ? addConnectors(wanted, added, note) : wanted) {
        const whole = shaped(neuron, shape);
        yield k === undefined ? whole : toDotprops(whole, k, note);
        bar.at(++done);
      }
      bar.end();
    };
    await writeNeuronsTo(writing, source(), { notes, signal, output });
  },
});

async function connectorsOf(path: string, signal: AbortSignal): Promise<Map<NeuronId, Connectors>> {
  return parseConnectorsCsv(await readText(path, signal), { file: path });
}
