import { listZip } from "./archive/zip-read.ts";
import { fromArrow } from "./arrow-read.ts";
import {
  aFunction,
  aPath,
  aText,
  checkArgument,
  checkOptions,
  oneOf,
  type Rules,
} from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import type { Neuron, NeuronId, NeuronMetadata, Warning } from "./model.ts";
import type { NeuronFile } from "./neuron-file.ts";
import { nodeModule } from "./node-module.ts";
import { openNeurons } from "./open.ts";
import { openPrecomputed, type PrecomputedSkeletons } from "./precomputed/precomputed-read.ts";
import { type NeuronsOptions, neuronsRules } from "./read-options.ts";
import { sidecarUrl } from "./sidecar.ts";
import { openReader } from "./source.ts";
import { readSwc } from "./swc/swc-read.ts";

export type Format = "parquet" | "swc" | "precomputed" | "arrow" | "csv";

export interface ReadAnyOptions
  extends Pick<NeuronsOptions, "ids" | "limit" | "where" | "missing" | "connectors"> {
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
  place: string,
  options: ReadAnyOptions = {},
): AsyncGenerator<Neuron, void, undefined> {
  checkArgument("place", place, aPath);
  checkOptions(options, readAnyRules);
  const { format = await formatOf(place) } = options;
  switch (format) {
    case "parquet":
    case "arrow": {
      await using file = await openTable(place, format, options);
      yield* file.neurons({ attributes: true, ...selection(options) });
      for (const warning of [...file.warnings, ...keysLeft(file)]) options.onWarning?.(warning);
      return;
    }
    case "precomputed": {
      const skeletons = await openPrecomputed(place);
      const { ids, missing = "throw", ...rest } = options;
      if (!ids) yield* chosen(skeletons.neurons(), rest, place);
      else yield* chosen(skeletonsOf(skeletons, ids, missing), rest, place);
      return;
    }
    case "swc": {
      const { pattern, units, onSkip, onWarning } = options;
      const reading = {
        ...(pattern === undefined ? {} : { pattern }),
        ...(units === undefined ? {} : { units }),
        ...(onSkip ? { onSkip } : {}),
        ...(onWarning ? { onWarning } : {}),
      };
      yield* chosen(readSwc(place, reading), options, place);
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
};

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
  place: string,
  format: "parquet" | "arrow",
  { connectors, onWarning }: ReadAnyOptions,
): Promise<NeuronFile> {
  if (format === "arrow") return openArrowPath(place);
  const isUrl = connectors !== false && /^https?:/i.test(place);
  const sidecar = isUrl ? await sidecarUrl(place, onWarning) : undefined;
  return openNeurons(place, sidecar === undefined ? {} : { connectors: sidecar });
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

async function openArrowPath(path: string) {
  const reader = await openReader(path, 65_536);
  try {
    return await fromArrow(await reader.read(0, reader.size), path);
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
export async function formatOf(place: string): Promise<Format> {
  checkArgument("place", place, aPath);
  if (/^precomputed:\/\//.test(place)) return "precomputed";
  if (/\.(arrow|feather|ipc|arrows)$/i.test(place)) return "arrow";
  if (/\.(swc|swc\.gz|tar|tar\.gz|tgz)$/i.test(place)) return "swc";
  const fs = nodeModule("node:fs");
  const stat = /^https?:/.test(place) ? undefined : fs?.statSync(place, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return fs?.existsSync(`${place}/info`) ? "precomputed" : "swc";
  if (!/\.zip$/i.test(place)) return "parquet";
  const reader = await openReader(place, 65_536);
  try {
    return (await listZip(reader)).some(({ name }) => /\.parquet$/i.test(name)) ? "parquet" : "swc";
  } finally {
    await reader.close();
  }
}

/** Every neuron of several places, one after the other; ids that come twice are the writer's to refuse. */
export async function* readAll(
  places: readonly string[],
  options: ReadAnyOptions = {},
): AsyncGenerator<Neuron, void, undefined> {
  for (const place of places) yield* readAny(place, options);
}
