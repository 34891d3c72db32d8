import { listZip } from "./archive/zip-read.ts";
import { fromArrow } from "./arrow-read.ts";
import { toArrowFile } from "./arrow-write.ts";
import {
  aBoolean,
  aFunction,
  aNumber,
  aPath,
  aText,
  checkArgument,
  checkOptions,
  neuronsRule,
  oneOf,
  type Rules,
} from "./check-options.ts";
import { formatConnectorsCsv } from "./connectors-csv.ts";
import { NeuronError } from "./errors.ts";
import { leftOut } from "./left-out.ts";
import type { Neuron, NeuronId, NeuronMetadata, Warning } from "./model.ts";
import { type NeuronsOptions, neuronsRules } from "./neuron-file.ts";
import { nodeModule } from "./node-module.ts";
import { openNeurons } from "./open.ts";
import { openPrecomputed, type PrecomputedSkeletons } from "./precomputed/precomputed-read.ts";
import { writePrecomputed } from "./precomputed/precomputed-write.ts";
import { openSink } from "./sink.ts";
import { openReader } from "./source.ts";
import { writeSwc } from "./swc/swc-folder-write.ts";
import { readSwc } from "./swc/swc-read.ts";
import { type NeuronsIn, writeNeurons } from "./write.ts";
import { type Dialect, type WriteOptions, writeRules } from "./write-options.ts";

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
      await using file = format === "arrow" ? await openArrowPath(place) : await openNeurons(place);
      yield* file.neurons({ attributes: true, ...selection(options) });
      for (const warning of file.warnings) options.onWarning?.(warning);
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

export interface WriteAnyOptions extends WriteOptions {
  format?: Format;
  /** Precomputed: many skeletons to a file. */
  sharded?: boolean;
  /** Precomputed: nanometers of one step where the units do not tell. */
  nanometers?: number;
  /** SWC: number nodes from 1. */
  reindex?: boolean;
}

export interface WriteAnyReport {
  neurons: number;
  warnings: Warning[];
}

/**
 * Writes neurons to a path in the format its ending names: a folder holds SWC unless `format` says precomputed. What the format has no
 * place for is counted and told in `warnings`.
 */
export async function writeAny(
  path: string,
  neurons: NeuronsIn,
  options: WriteAnyOptions = {},
): Promise<WriteAnyReport> {
  checkArgument("path", path, aPath);
  checkArgument("neurons", neurons, neuronsRule);
  checkOptions(options, writeAnyRules);
  const { format = formatToWrite(path, options.dialect), ...rest } = options;
  if (options.dialect !== undefined && format !== "parquet")
    throw new TypeError(`Expected \`dialect\` only for Parquet, got it for ${format}`);
  const { sharded, nanometers, reindex, ...parquet } = rest;
  switch (format) {
    case "parquet": {
      const dialect = options.dialect ?? (/\.zip$/i.test(path) ? "zip" : "navis");
      return writeNeurons(path, neurons, { ...parquet, dialect });
    }
    case "swc":
      return writeSwc(path, neurons, { reindex: reindex ?? false });
    case "precomputed":
      return writePrecomputed(path, neurons, {
        ...(sharded === undefined ? {} : { sharded }),
        ...(nanometers === undefined ? {} : { nanometers }),
      });
    case "arrow": {
      const list: Neuron[] = [];
      for await (const neuron of neurons) list.push(neuron);
      await writeWhole(path, [toArrowFile(list)]);
      const warnings = list.flatMap((neuron) => leftOut(neuron, "Arrow", ["connectors"]));
      return { neurons: list.length, warnings };
    }
    case "csv": {
      const report: WriteAnyReport = { neurons: 0, warnings: [] };
      const counted = (async function* () {
        for await (const neuron of neurons) {
          report.neurons++;
          yield neuron;
        }
      })();
      const onWarning = (warning: Warning) => report.warnings.push(warning);
      await writeWhole(path, encoded(formatConnectorsCsv(counted, { onWarning })));
      return report;
    }
  }
}

const writeAnyRules: Rules<WriteAnyOptions> = {
  ...writeRules,
  format: oneOf("parquet", "swc", "precomputed", "arrow", "csv"),
  sharded: aBoolean,
  nanometers: aNumber(0, true),
  reindex: aBoolean,
};

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}

async function writeWhole(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const sink = openSink(path);
  try {
    for await (const part of parts) await sink.write(part);
    await sink.close();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}

/** A name without an ending, one that ends in a slash and a folder that is there stand for a folder of SWC. */
function formatToWrite(path: string, dialect: Dialect | undefined): Format {
  if (/\.(parquet|parq)(\.zip)?$/i.test(path)) return "parquet";
  if (/\.zip$/i.test(path)) return dialect === "zip" ? "parquet" : "swc";
  if (/\.(arrow|feather|ipc)$/i.test(path)) return "arrow";
  if (/\.csv$/i.test(path)) return "csv";
  if (/\.(swc|tar|tar\.gz|tgz)$/i.test(path)) return "swc";
  const isFolder = nodeModule("node:fs")?.statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder || /[/\\]$/.test(path) || !/\.[^./\\]+$/.test(path)) return "swc";
  throw new TypeError(
    `Expected \`path\` to end in .parquet, .parquet.zip, .swc, .zip, .tar, .tar.gz, .arrow or .csv, or \`format\` to be given, got ${JSON.stringify(path)}`,
  );
}

/** Every neuron of several places, one after the other; ids that come twice are the writer's to refuse. */
export async function* readAll(
  places: readonly string[],
  options: ReadAnyOptions = {},
): AsyncGenerator<Neuron, void, undefined> {
  for (const place of places) yield* readAny(place, options);
}
