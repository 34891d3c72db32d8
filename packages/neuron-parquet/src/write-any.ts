import { toArrowFile } from "./arrow-write.ts";
import {
  aBoolean,
  aNumber,
  aPath,
  checkArgument,
  checkOptions,
  neuronsRule,
  oneOf,
  type Rules,
} from "./check-options.ts";
import { formatConnectorsCsv } from "./connectors-csv.ts";
import { leftOut } from "./left-out.ts";
import type { Neuron, Warning } from "./model.ts";
import { nodeModule } from "./node-module.ts";
import { writePrecomputed } from "./precomputed/precomputed-write.ts";
import type { Format } from "./read-any.ts";
import { openSink } from "./sink.ts";
import { writeSwc } from "./swc/swc-folder-write.ts";
import { type NeuronsIn, writeNeurons } from "./write.ts";
import { type Dialect, type WriteOptions, writeRules } from "./write-options.ts";

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
