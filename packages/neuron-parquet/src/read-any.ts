import { listZip } from "./archive/zip-read.ts";
import { fromArrow } from "./arrow-read.ts";
import {
  aFunction,
  aSignal,
  aText,
  checkArgument,
  checkOptions,
  oneOf,
  type Rule,
  type Rules,
} from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import type { Neuron, NeuronId, NeuronMetadata, Warning } from "./model.ts";
import type { NeuronFile } from "./neuron-file.ts";
import { nodeModule } from "./node-module.ts";
import { type OpenOptions, openNeurons } from "./open.ts";
import { openPrecomputed, type PrecomputedSkeletons } from "./precomputed/precomputed-read.ts";
import { type NeuronsOptions, neuronsRules } from "./read-options.ts";
import { sidecarUrl } from "./sidecar.ts";
import { type NeuronSource, openReader } from "./source.ts";
import { readSwc } from "./swc/swc-read.ts";

export type Format = "parquet" | "swc" | "precomputed" | "arrow" | "csv";

export interface ReadAnyOptions
  extends Pick<NeuronsOptions, "ids" | "limit" | "where" | "missing" | "connectors">,
    Pick<OpenOptions, "signal"> {
  format?: Format;
  /** How names of SWC files give ids, such as `{name}_{id:int}.swc`. */
  pattern?: string;
  /** What SWC coordinates stand for. */
  units?: string;
  /** Called for what is passed over: with it broken SWC texts are passed over too. */
  onSkip?: (name: string, error: Error | undefined) => void;
  onWarning?: (warning: Warning) => void;
}

/** Neurons of anything this package reads, one at a time: Parquet, SWC in any container, precomputed skeletons, Arrow. */
export async function* readAny(
  source: NeuronSource,
  options: ReadAnyOptions = {},
): AsyncGenerator<Neuron, void, undefined> {
  checkArgument("place", source, aSource);
  checkOptions(options, readAnyRules);
  const { format = await formatOf(source, options), signal } = options;
  const place = nameOf(source);
  switch (format) {
    case "parquet":
    case "arrow": {
      await using file = await openTable(source, format, options);
      yield* file.neurons({ attributes: true, ...selection(options) });
      for (const warning of [...file.warnings, ...keysLeft(file)]) options.onWarning?.(warning);
      return;
    }
    case "precomputed": {
      if (typeof source !== "string" && !(source instanceof URL))
        throw new TypeError("Expected `source` of precomputed skeletons to be a path or a URL");
      yield* readPrecomputed(await openPrecomputed(source, { signal }), options);
      return;
    }
    case "swc": {
      const { pattern, units, onSkip, onWarning } = options;
      const reading = {
        ...(pattern === undefined ? {} : { pattern }),
        ...(units === undefined ? {} : { units }),
        ...(onSkip ? { onSkip } : {}),
        ...(onWarning ? { onWarning } : {}),
        ...(signal ? { signal } : {}),
      };
      yield* chosen(readSwc(source, reading), options, place);
      return;
    }
    default:
      throw new TypeError(`Expected \`format\` to be one that holds neurons, got ${format}`);
  }
}

const readAnyRules: Rules<ReadAnyOptions> = {
  ids: neuronsRules.ids,
  limit: neuronsRules.limit,
  where: neuronsRules.where,
  missing: neuronsRules.missing,
  connectors: neuronsRules.connectors,
  format: oneOf("parquet", "swc", "precomputed", "arrow"),
  pattern: aText,
  units: aText,
  onSkip: aFunction,
  onWarning: aFunction,
  signal: aSignal,
};

const aSource: Rule = {
  expected: "a path, a URL, bytes, a Blob or have byteLength and slice",
  fits: (value) =>
    typeof value === "string" ? value !== "" : typeof value === "object" && value !== null,
};

/** Precomputed skeletons as `options` say. */
export async function* readPrecomputed(
  skeletons: PrecomputedSkeletons,
  {
    ids,
    missing = "throw",
    ...rest
  }: Pick<ReadAnyOptions, "ids" | "limit" | "where" | "missing"> = {},
): AsyncGenerator<Neuron, void, undefined> {
  if (!ids) yield* chosen(skeletons.neurons(), rest, skeletons.name);
  else yield* chosen(skeletonsOf(skeletons, ids, missing), rest, skeletons.name);
}

/** Ids that are no integers name no skeleton there; digits may come as a bigint and once more as a text. */
async function* skeletonsOf(
  skeletons: PrecomputedSkeletons,
  ids: Iterable<NeuronId>,
  missing: "throw" | "skip",
): AsyncGenerator<Neuron, void, undefined> {
  const asked = new Set([...ids].map(String));
  for (const text of asked) {
    const neuron = /^\d+$/.test(text) ? await skeletons.neuron(BigInt(text)) : undefined;
    if (neuron) yield neuron;
    else if (missing === "throw")
      throw new NeuronError("not-found", `has no skeleton ${text}`, { file: skeletons.name });
  }
}

/** Connectors of a URL lie beside it as those of a path do; only to look for them takes a request. */
async function openTable(
  source: NeuronSource,
  format: "parquet" | "arrow",
  { connectors, onWarning, signal }: ReadAnyOptions,
): Promise<NeuronFile> {
  if (format === "arrow") return openArrow(source, signal);
  const isPlace = typeof source === "string" || source instanceof URL;
  const isUrl = connectors !== false && isPlace && /^https?:/i.test(nameOf(source));
  const sidecar = isUrl ? await sidecarUrl(nameOf(source), onWarning, signal) : undefined;
  return openNeurons(source, { signal, ...(sidecar === undefined ? {} : { connectors: sidecar }) });
}

/** Keys of the file as a whole have no place in what its neurons are turned into. */
export function keysLeft({ fileMetadata, dialect }: NeuronFile): Warning[] {
  const isKnown = (key: string): boolean =>
    key.startsWith("_neuron-parquet:") ||
    (dialect === "neurarrow" &&
      /^(version|context|unit|neighborhood_size|net\..*:version)$/.test(key));
  const keys = [...fileMetadata.keys()].filter((key) => !isKnown(key));
  if (keys.length === 0) return [];
  const some = keys.slice(0, 20).map((key) => JSON.stringify(key));
  const which = `${some.join(", ")}${keys.length > 20 ? ", …" : ""}`;
  return [
    { message: `left out ${keys.length} keys of the file, which belong to no neuron: ${which}` },
  ];
}

function selection(options: ReadAnyOptions): NeuronsOptions {
  const { ids, limit, where, missing, connectors } = options;
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(limit === undefined ? {} : { limit }),
    ...(where === undefined ? {} : { where }),
    ...(missing === undefined ? {} : { missing }),
    ...(connectors === undefined ? {} : { connectors }),
  };
}

async function openArrow(source: NeuronSource, signal: AbortSignal | undefined) {
  const reader = await openReader(source, 65_536, signal);
  try {
    return await fromArrow(await reader.read(0, reader.size), reader.name);
  } finally {
    await reader.close();
  }
}

async function* chosen(
  neurons: AsyncIterable<Neuron>,
  { ids, limit = Infinity, where, missing = "throw" }: ReadAnyOptions,
  place: string,
): AsyncGenerator<Neuron, void, undefined> {
  const wanted = ids && new Set([...ids].map(String));
  const unseen = new Set(wanted);
  let left = limit;
  if (left <= 0) return;
  for await (const neuron of neurons) {
    if (wanted && !wanted.has(String(neuron.id))) continue;
    unseen.delete(String(neuron.id));
    if (where && !where(neuron as NeuronMetadata)) continue;
    yield neuron;
    // Not one is read beyond the last: it may be broken.
    if (--left <= 0) return;
  }
  const [first] = unseen;
  if (first !== undefined && missing === "throw") {
    const more = unseen.size > 1 ? ` and ${unseen.size - 1} more ids` : "";
    throw new NeuronError("not-found", `has no neuron ${first}${more}`, { file: place });
  }
}

/** By ending and content: folders with an `info` are precomputed, other folders SWC; a zip is what it holds. */
export async function formatOf(
  source: NeuronSource,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Format> {
  checkArgument("place", source, aSource);
  const place = nameOf(source);
  if (/^precomputed:\/\//.test(place)) return "precomputed";
  if (/\.(arrow|feather|ipc|arrows)$/i.test(place)) return "arrow";
  if (/\.(swc|swc\.gz|tar|tar\.gz|tgz)$/i.test(place)) return "swc";
  const fs = nodeModule("node:fs");
  const stat =
    typeof source !== "string" || /^https?:/.test(place)
      ? undefined
      : fs?.statSync(place, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return fs?.existsSync(`${place}/info`) ? "precomputed" : "swc";
  if (!/\.zip$/i.test(place)) return "parquet";
  const reader = await openReader(source, 65_536, signal);
  try {
    return (await listZip(reader)).some(({ name }) => /\.parquet$/i.test(name)) ? "parquet" : "swc";
  } finally {
    await reader.close();
  }
}

function nameOf(source: NeuronSource): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  return "name" in source && typeof source.name === "string" ? source.name : "(bytes)";
}

/** Every neuron of several places, one after the other; ids that come twice are the writer's to refuse. */
export async function* readAll(
  places: readonly NeuronSource[],
  options: ReadAnyOptions = {},
): AsyncGenerator<Neuron, void, undefined> {
  for (const place of places) yield* readAny(place, options);
}
