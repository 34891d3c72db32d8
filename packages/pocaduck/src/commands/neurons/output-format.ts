import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Format } from "@pocaduck/neuron-parquet";
import { CommandError } from "../../cli/exit-codes.ts";
import type { Shape } from "../../outputs/target.ts";

/** By what the option says or the name ends in; a name that says nothing is refused. */
export function outputFormat(output: string, asked: Format | undefined): Format {
  const format = asked ?? formatOfName(output);
  if (format) return format;
  throw new CommandError(
    `${basename(output)} says no format: end it in ${endings.join(", ")} or, for a folder of SWC, in /; or give --to`,
    "usage",
  );
}

const endings = [".parquet", ".zip", ".swc", ".tar.gz", ".arrow", ".csv"];

function formatOfName(output: string): Format | undefined {
  if (/\.(parquet|parq)(\.zip)?$/i.test(output)) return "parquet";
  if (/\.(arrow|feather|ipc)$/i.test(output)) return "arrow";
  if (/\.csv$/i.test(output)) return "csv";
  if (/\.(swc|zip|tar|tar\.gz|tgz)$/i.test(output)) return "swc";
  if (output.endsWith("/")) return "swc";
  const isFolder = !/^[a-z][a-z0-9+.-]+:/i.test(output) && isDirectory(output);
  return isFolder ? "swc" : undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** SWC goes into a folder unless its name says one file. */
export function shapeOf(output: string, format: Format): Shape {
  if (format === "precomputed") return "folder";
  return format === "swc" && !/\.(swc|zip|tar|tar\.gz|tgz)$/i.test(output) ? "folder" : "file";
}
