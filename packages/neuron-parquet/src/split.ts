import { aFunction, aNumber, aPath, checkArgument, checkOptions } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import type { Neuron, Warning } from "./model.ts";
import { nodeModule } from "./node-module.ts";
import { openNeurons } from "./open.ts";
import { keysLeft } from "./read-any.ts";
import { sidecarName } from "./sidecar.ts";
import { type NeuronsIn, writeNeurons } from "./write.ts";
import { type WriteOptions, writeRules } from "./write-options.ts";

export interface SplitOptions extends WriteOptions {
  /** Neurons a file holds at most. */
  neurons?: number;
  /** Nodes a file holds about. */
  rows?: number;
  /** Called for what was met in the input, and for what was left out of the parts. */
  onWarning?: (warning: Warning) => void;
}

/** Writes `NAME-0001.parquet`, `NAME-0002.parquet`, …, all of them or none; the paths, in order. */
export async function splitNeurons(
  input: string | NeuronsIn,
  output: string,
  options: SplitOptions,
): Promise<string[]> {
  checkArgument("input", input, {
    expected: "a path or neurons",
    fits: (value) =>
      typeof value === "string" ? value !== "" : typeof value === "object" && value !== null,
  });
  checkArgument("output", output, aPath);
  checkOptions(options, {
    ...writeRules,
    neurons: aNumber(1),
    rows: aNumber(1),
    onWarning: aFunction,
  });
  if (typeof input === "string") {
    await using file = await openNeurons(input);
    const paths = await splitNeurons(file.neurons({ attributes: true }), output, options);
    for (const warning of [...file.warnings, ...keysLeft(file)]) options.onWarning?.(warning);
    return paths;
  }
  const { neurons: most = Infinity, rows = Infinity, onWarning, ...writing } = options;
  if (most === Infinity && rows === Infinity) {
    throw new RangeError("Expected `neurons` or `rows` to be a number from 1");
  }
  if (!/\.parquet$/i.test(output))
    throw new TypeError(`Expected \`output\` to end in .parquet, got ${JSON.stringify(output)}`);
  const source = each(input);
  const parts = openParts(output);
  try {
    let next = await source.next();
    while (!next.done) {
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
      const report = await writeNeurons(parts.add(), part(), writing);
      for (const warning of report.warnings) onWarning?.(warning);
    }
    return parts.publish();
  } catch (error) {
    parts.discard();
    throw error;
  }
}

async function* each(neurons: NeuronsIn): AsyncGenerator<Neuron, void, undefined> {
  yield* neurons;
}

/** Gathers the parts in a folder beside `output`, and moves them out at the end. */
function openParts(output: string): { add(): string; publish(): string[]; discard(): void } {
  const fs = nodeModule("node:fs");
  const { basename, dirname, join } = nodeModule("node:path") ?? {};
  if (!fs || !basename || !dirname || !join)
    throw new NeuronError("unreadable", "paths need Node", { file: output });
  const names: string[] = [];
  const staged = `${output}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  fs.mkdirSync(staged);
  return {
    add() {
      if (names.length >= 9999) throw new NeuronError("too-large", "would make over 9,999 files");
      const end = `-${String(names.length + 1).padStart(4, "0")}.parquet`;
      const name = basename(output).replace(/\.parquet$/i, end);
      names.push(name);
      return join(staged, name);
    },
    publish() {
      const paths = names.map((name) => join(dirname(output), name));
      for (const [at, path] of paths.entries()) {
        const from = join(staged, names[at] as string);
        fs.renameSync(from, path);
        if (fs.existsSync(sidecarName(from))) fs.renameSync(sidecarName(from), sidecarName(path));
        else fs.rmSync(sidecarName(path), { force: true });
      }
      fs.rmdirSync(staged);
      return paths;
    },
    discard() {
      fs.rmSync(staged, { recursive: true, force: true });
    },
  };
}
