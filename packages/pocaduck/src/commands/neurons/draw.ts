import { drawPng, drawSvg, type Neuron } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseChoice, parseInteger } from "../../cli/parse-value.ts";
import { deliver, report } from "../../outputs/deliver.ts";
import { openTarget } from "../../outputs/target.ts";
import { writeWhole } from "../../outputs/write-whole.ts";
import { choiceOf, chosen } from "./chosen.ts";
import { indexOption, Notes, reading, readOptions } from "./options.ts";
import { neuronsOf } from "./read.ts";
import { counted } from "./writing.ts";

const views = ["xy", "xz", "yz", "yx", "zx", "zy"] as const;
const { units: _, ...drawn } = readOptions;

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...drawn,
    ...indexOption,
    view: {
      type: "string",
      value: "axes",
      about: "which axes go right and down: xy (default), xz, yz, yx, zx, zy",
    },
    size: { type: "string", value: "pixels", about: "of the longer side; 1024 by default" },
  },
  examples: [
    "neurons draw neurons.parquet neuron.png --id 722817260",
    "neurons draw set.zip all.svg --view xz",
  ],
  async run({ args, options, signal, output }) {
    const ending = /\.(png|svg)$/i.exec(args.output)?.[1]?.toLowerCase();
    if (ending === undefined)
      throw new CommandError(
        `expected <output> to end in .png or .svg, got "${args.output}"`,
        "usage",
      );
    const { view, size } = options;
    const picture = {
      ...(view === undefined ? {} : { view: parseChoice("--view", view, views) }),
      ...(size === undefined ? {} : { size: parseInteger("--size", size, 16, 16_384) }),
    };
    const notes = new Notes(output);
    const choice = choiceOf(options, { input: args.input, notes, signal });
    const read = { ...reading(options, notes), connectors: false };
    const target = await openTarget(args.output, "file", [args.input]);
    const neurons: Neuron[] = [];
    const found = neuronsOf([args.input], read, { signal, notes });
    for await (const neuron of chosen(found, choice)) neurons.push(neuron);
    if (neurons.length === 0) throw new CommandError("no such neuron", "notFound");
    const drawing = ending === "svg" ? drawSvg(neurons, picture) : await drawPng(neurons, picture);
    await deliver(target, { signal, output }, (path) => writeWhole(path, drawing));
    notes.tell();
    const line = `${counted(neurons.length)} to ${args.output}`;
    report(target, output, line, { path: args.output, neurons: neurons.length });
  },
});
