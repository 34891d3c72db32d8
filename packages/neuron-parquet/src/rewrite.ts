import { NeuronError } from "./errors.ts";
import type { Neuron } from "./model.ts";
import { openNeurons } from "./open.ts";
import { compareIds } from "./table-plan.ts";
import { writeNeurons } from "./write.ts";
import type { WriteOptions, WriteReport } from "./write-options.ts";

/**
 * Writes a file anew: neurons sorted by id, small row groups, page indexes, an index of neurons. One row group is in memory at a time;
 * a file that is not sorted is read neuron by neuron.
 */
export async function rewriteNeurons(
  input: string,
  output: string,
  options: WriteOptions = {},
): Promise<WriteReport> {
  await using file = await openNeurons(input);
  const ids = await file.ids();
  const sorted = [...ids].sort(compareIds);
  const isSorted = sorted.every((id, at) => id === ids[at]);
  const asked = isSorted || options.order === "keep" ? {} : { ids: sorted };
  const report = await writeNeurons(output, file.neurons({ attributes: true, ...asked }), {
    ...options,
    order: "keep",
  });
  return { ...report, warnings: [...file.warnings, ...report.warnings] };
}

export interface SplitOptions extends WriteOptions {
  /** Neurons a file holds at most. */
  neurons?: number;
  /** Nodes a file holds about. */
  rows?: number;
}

/** Writes `NAME-0001.parquet`, `NAME-0002.parquet`, …; the paths, in order. */
export async function splitNeurons(
  input: string,
  output: string,
  options: SplitOptions,
): Promise<string[]> {
  const { neurons: most = Infinity, rows = Infinity } = options;
  if (!(most >= 1) || !(rows >= 1) || (most === Infinity && rows === Infinity)) {
    throw new RangeError("Expected `neurons` or `rows` to be a number from 1");
  }
  if (!/\.parquet$/i.test(output))
    throw new TypeError(`Expected \`output\` to end in .parquet, got ${JSON.stringify(output)}`);
  await using file = await openNeurons(input);
  const source = file.neurons({ attributes: true });
  const paths: string[] = [];
  let next = await source.next();
  while (!next.done) {
    if (paths.length >= 9999) throw new NeuronError("too-large", "would make over 9,999 files");
    const path = output.replace(
      /\.parquet$/i,
      `-${String(paths.length + 1).padStart(4, "0")}.parquet`,
    );
    const part = async function* (): AsyncGenerator<Neuron> {
      let count = 0;
      let held = 0;
      while (!next.done && count < most && (count === 0 || held < rows)) {
        count++;
        held += next.value.x.length;
        yield next.value;
        next = await source.next();
      }
    };
    await writeNeurons(path, part(), options);
    paths.push(path);
  }
  return paths;
}
