import {
  type ByteSource,
  formatOf,
  isNeuronError,
  keysLeft,
  type Neuron,
  type NeuronFile,
  openNeurons,
  readAny,
  sidecarName,
  sidecarUrl,
  type Warning,
} from "@pocaduck/neuron-parquet";
import { CommandError } from "../../cli/exit-codes.ts";
import { BucketFolder } from "./bucket-folder.ts";
import { bytesOf, type Input, openInput } from "./input.ts";
import type { Notes, Reading } from "./options.ts";

interface Context {
  signal: AbortSignal;
  notes: Notes;
}

/** The neurons of one input after the other, of any format. */
export async function* neuronsOf(
  names: readonly string[],
  options: Reading,
  context: Context,
): AsyncGenerator<Neuron, void, undefined> {
  if (options.index !== undefined && names.length > 1)
    throw new CommandError("--index is of one input, and there are several", "usage");
  const inputs: Input[] = [];
  // All of them before the first is read: what is missing is told at once.
  for (const name of names) inputs.push(await openInput(name, context.signal));
  for (const input of inputs) yield* ofInput(input, options, context);
}

async function* ofInput(
  input: Input,
  options: Reading,
  context: Context,
): AsyncGenerator<Neuron, void, undefined> {
  const { index, ...rest } = options;
  if (input.source instanceof BucketFolder) {
    yield* input.source.neurons(rest);
    return;
  }
  const format = rest.format ?? (await formatOf(input.source, context));
  if (format !== "parquet") {
    if (index !== undefined)
      throw new CommandError(`--index is of Parquet, and ${input.name} is ${format}`, "usage");
    yield* readAny(input.source, { ...rest, format, signal: context.signal });
    return;
  }
  const { ids, limit, where, missing, connectors } = rest;
  await using file = await openFile(input, index, context, connectors);
  yield* file.neurons({
    attributes: true,
    ...(ids === undefined ? {} : { ids }),
    ...(limit === undefined ? {} : { limit }),
    ...(where === undefined ? {} : { where }),
    ...(missing === undefined ? {} : { missing }),
    ...(connectors === undefined ? {} : { connectors }),
  });
  for (const warning of [...file.warnings, ...keysLeft(file)]) rest.onWarning?.(warning);
}

/** A Parquet file with its connectors and its index, where they are; `false` for no index. */
export async function openFile(
  input: Input,
  index: string | false | undefined,
  { signal, notes }: Context,
  hasConnectors = true,
): Promise<NeuronFile> {
  const { source } = input;
  if (source instanceof BucketFolder)
    throw new CommandError(`${input.name} is a folder, and a file was expected`, "usage");
  const connectors = hasConnectors
    ? await connectorsOf(input, { signal, notes })
    : (false as const);
  const options = { signal, ...(connectors === undefined ? {} : { connectors }) };
  if (index === false) return await openNeurons(source, options);
  if (index !== undefined) {
    const given = await openInput(index, signal);
    return await openNeurons(source, { ...options, index: await bytesOf(given.source) });
  }
  const found = await input.beside(indexName);
  if (found === undefined) return await openNeurons(source, options);
  try {
    return await openNeurons(source, { ...options, index: await bytesOf(found) });
  } catch (error) {
    if (!isNeuronError(error, "invalid-input")) throw error;
    notes.warnings.push({
      message: `${indexName(input.name)} was not used: ${error.reason} (pocaduck neurons index)`,
    });
    return await openNeurons(source, options);
  }
}

/** Beside a path the library finds them. */
async function connectorsOf(
  { source, beside }: Input,
  { signal, notes }: Context,
): Promise<ByteSource | string | undefined> {
  if (typeof source !== "string") return beside(sidecarName);
  const warn = (warning: Warning): void => void notes.warnings.push(warning);
  return /^https?:/i.test(source) ? sidecarUrl(source, warn, signal) : undefined;
}

/** Where `neurons index` puts what it makes, and the other commands look for it. */
export function indexName(name: string): string {
  return `${name}.index`;
}
