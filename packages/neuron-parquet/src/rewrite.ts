import { aPath, checkArgument, checkOptions } from "./check-options.ts";
import { openNeurons } from "./open.ts";
import { keysLeft } from "./read-any.ts";
import { compareIds } from "./table-plan.ts";
import { writeNeurons } from "./write.ts";
import { type WriteOptions, type WriteReport, writeRules } from "./write-options.ts";

/**
 * Writes a file anew: neurons sorted by id, small row groups, page indexes, an index of neurons. One row group is in memory at a time;
 * a file that is not sorted is read neuron by neuron.
 */
export async function rewriteNeurons(
  input: string,
  output: string,
  options: WriteOptions = {},
): Promise<WriteReport> {
  checkArgument("input", input, aPath);
  checkArgument("output", output, aPath);
  checkOptions(options, writeRules);
  await using file = await openNeurons(input);
  const ids = await file.ids();
  const sorted = [...ids].sort(compareIds);
  const isSorted = sorted.every((id, at) => id === ids[at]);
  const asked = isSorted || options.order === "keep" ? {} : { ids: sorted };
  const report = await writeNeurons(output, file.neurons({ attributes: true, ...asked }), {
    ...options,
    order: "keep",
  });
  return { ...report, warnings: [...file.warnings, ...keysLeft(file), ...report.warnings] };
}
