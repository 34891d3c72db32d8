import { aFunction, aPath, checkArgument, checkOptions } from "./check-options.ts";
import type { Neuron } from "./model.ts";
import type { NeuronFile } from "./neuron-file.ts";
import { openNeurons } from "./open.ts";
import { keysLeft } from "./read-any.ts";
import { compareIds } from "./table-plan.ts";
import { writeNeurons } from "./write.ts";
import { type WriteOptions, type WriteReport, writeRules } from "./write-options.ts";

export interface RewriteOptions extends WriteOptions {
  /** Each neuron on its way; what it throws ends the rewriting, and the output is what it was. */
  map?: (neuron: Neuron) => Neuron;
}

/**
 * Writes a file anew: neurons sorted by id, small row groups, page indexes, an index of neurons. One row group is in memory at a time;
 * a file that is not sorted is read neuron by neuron.
 */
export async function rewriteNeurons(
  input: string | NeuronFile,
  output: string,
  options: RewriteOptions = {},
): Promise<WriteReport> {
  checkArgument("input", input, {
    expected: "a path or an open file",
    fits: (value) =>
      typeof value === "string"
        ? value !== ""
        : typeof (value as Partial<NeuronFile> | null)?.neurons === "function",
  });
  if (typeof input === "string") {
    await using file = await openNeurons(input);
    return await rewriteNeurons(file, output, options);
  }
  checkArgument("output", output, aPath);
  checkOptions(options, { ...writeRules, map: aFunction });
  const { map, ...rest } = options;
  const ids = await input.ids();
  const sorted = [...ids].sort(compareIds);
  const isSorted = sorted.every((id, at) => id === ids[at]);
  const asked = isSorted || options.order === "keep" ? {} : { ids: sorted };
  const neurons = input.neurons({ attributes: true, ...asked });
  const report = await writeNeurons(output, map ? mapped(neurons, map) : neurons, {
    ...rest,
    order: "keep",
  });
  return { ...report, warnings: [...input.warnings, ...keysLeft(input), ...report.warnings] };
}

async function* mapped(
  neurons: AsyncIterable<Neuron>,
  map: (neuron: Neuron) => Neuron,
): AsyncGenerator<Neuron> {
  for await (const neuron of neurons) yield map(neuron);
}
