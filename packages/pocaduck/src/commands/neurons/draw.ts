import { drawPng, drawSvg, type Neuron, readAny } from "@pocaduck/neuron-parquet";
import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseChoice, parseInteger } from "../../cli/parse-value.ts";
import { writeFile } from "../../clouds/write-file.ts";
import { chosen, isPartial } from "./chosen.ts";
import { Notes, reading, readOptions } from "./options.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output"],
  options: {
    ...readOptions,
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
    const notes = new Notes(output);
    const neurons: Neuron[] = [];
    const found = readAny(args.input, { ...reading(options, notes), connectors: false });
    const choice = { ids: options.id ?? [], partial: isPartial(options), signal, notes };
    for await (const neuron of chosen(found, { ...choice, input: args.input }))
      neurons.push(neuron);
    if (neurons.length === 0) throw new CommandError("no such neuron", "notFound");
    const picture = {
      ...(options.view === undefined
        ? {}
        : {
            view: parseChoice("--view", options.view, [
              "xy",
              "xz",
              "yz",
              "yx",
              "zx",
              "zy",
            ] as const),
          }),
      ...(options.size === undefined
        ? {}
        : { size: parseInteger("--size", options.size, 16, 16_384) }),
    };
    const drawn = ending === "svg" ? drawSvg(neurons, picture) : await drawPng(neurons, picture);
    const bytes = typeof drawn === "string" ? Buffer.from(drawn) : drawn;
    await writeFile(
      args.output,
      (async function* () {
        yield bytes;
      })(),
    );
    notes.tell();
    if (output.json) output.value({ path: args.output, neurons: neurons.length });
    else output.line(`${neurons.length} neurons to ${args.output}`);
  },
});
