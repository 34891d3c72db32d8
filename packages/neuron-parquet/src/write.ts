import {
  checkArgument,
  checkOptions,
  neuronRule,
  neuronsRule,
  type Rule,
} from "./check-options.ts";
import { checkNeuron } from "./check-writable.ts";
import { isNeuronError, NeuronError, placed, placedOutput } from "./errors.ts";
import type { Neuron, NeuronId } from "./model.ts";
import { originOf } from "./origin.ts";
import { memorySink, type NeuronSink, openSink } from "./sink.ts";
import { compareIds } from "./table-plan.ts";
import { writeNavis } from "./write-navis.ts";
import { writeNeurarrow } from "./write-neurarrow.ts";
import { type WriteOptions, type WriteReport, writeRules } from "./write-options.ts";
import { writeZip } from "./write-zip.ts";

export type NeuronsIn = Iterable<Neuron> | AsyncIterable<Neuron>;

/**
 * Writes skeletons, or dotprops, in bounded memory. A file appears whole or not at all.
 * @throws {NeuronError} `mixed-types`, `duplicate-id`, `invalid-neuron`, `invalid-id` or `invalid-metadata`.
 */
export async function writeNeurons(
  sink: NeuronSink,
  neurons: NeuronsIn,
  options: WriteOptions = {},
): Promise<WriteReport> {
  checkArgument("neurons", neurons, neuronsRule);
  checkOptions(options, writeRules);
  const { dialect = "navis" } = options;
  for (const key of Object.keys(options.fileMetadata ?? {})) {
    if (!key.startsWith("_")) {
      throw new TypeError(
        `Expected keys of \`fileMetadata\` to begin with an underscore, got ${JSON.stringify(key)}`,
      );
    }
  }
  const open = openSink(sink);
  const list = Array.isArray(neurons) ? [...(neurons as Neuron[])] : undefined;
  for (const neuron of list ?? []) checkArgument("neurons", neuron, oneNeuron);
  if (list && options.order !== "keep") list.sort((a, b) => compareIds(a.id, b.id));
  if (!list && options.order === "sorted") {
    throw new TypeError(
      'Expected `order` to be "keep" for a stream: pass a list, or rewrite the file afterwards',
    );
  }
  const files = new Map<NeuronId, string | undefined>();
  const source = checked(list ?? neurons, options.allowUnreadable ?? false, files);
  try {
    switch (dialect) {
      case "navis":
      case "navis-1":
        return await writeNavis(open, source, list, options);
      case "zip":
        return await writeZip(open, source, list, options);
      case "neurarrow":
        return await writeNeurarrow(open, source, list, options);
    }
  } catch (error) {
    await open.abort(error);
    // What came out only as columns were filled: of which file that neuron was.
    const file = isNeuronError(error) ? files.get(error.neuron ?? "") : undefined;
    throw placedOutput(placed(error, { file }), open.name);
  }
}

const oneNeuron: Rule = {
  ...neuronRule,
  expected: `a list in which each is ${neuronRule.expected}`,
};

/** The file as bytes. */
export async function encodeNeurons(
  neurons: NeuronsIn,
  options: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = memorySink();
  await writeNeurons(sink, neurons, options);
  return sink.bytes();
}

async function* checked(
  neurons: NeuronsIn,
  unreadable: boolean,
  seen: Map<NeuronId, string | undefined>,
): AsyncGenerator<Neuron> {
  let kind: Neuron["kind"] | undefined;
  for await (const neuron of neurons) {
    checkArgument("neurons", neuron, oneNeuron);
    const { id } = neuron;
    const file = originOf(neuron);
    const place = { neuron: id, file };
    try {
      checkNeuron(neuron, unreadable);
    } catch (error) {
      throw placed(error, place);
    }
    if (seen.has(id)) {
      const other = seen.get(id);
      const where =
        other === undefined || other === file ? "" : `, first in ${JSON.stringify(other)}`;
      throw new NeuronError("duplicate-id", `comes twice${where}`, place);
    }
    seen.set(id, file);
    kind ??= neuron.kind;
    if (kind !== neuron.kind) {
      const message = `is ${neuron.kind} among ${kind}s: a file holds one kind`;
      throw new NeuronError("mixed-types", message, place);
    }
    yield neuron;
  }
}
