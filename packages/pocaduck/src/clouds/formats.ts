import { CommandError } from "../cli/exit-codes.ts";
import type { CloudSource } from "./cloud-source.ts";

type Encode = (source: CloudSource) => AsyncIterable<Uint8Array>;

/** Formats by file extension; each is loaded when it is asked for. */
const formats: Record<string, () => Promise<Encode>> = {
  npy: async () => (await import("./npy.ts")).toNpy,
  csv: async () => (await import("./text.ts")).toCsv,
  json: async () => (await import("./text.ts")).toJson,
  parquet: async () => (await import("./parquet.ts")).toParquet,
  arrow: async () => (await import("./arrow.ts")).toArrow,
  ply: async () => (await import("./ply.ts")).toPly,
};

export const formatNames: readonly string[] = Object.keys(formats);

/** By name, or by the extension of `path`. */
export async function findFormat(path: string | undefined, name?: string): Promise<Encode> {
  const extension = name ?? /\.([^./\\]+)$/.exec(path ?? "")?.[1] ?? "";
  const load = Object.hasOwn(formats, extension) ? formats[extension] : undefined;
  if (load) return load();
  const got = name === undefined ? `the output "${path}"` : `"${name}"`;
  throw new CommandError(`expected a format of ${formatNames.join(", ")}, got ${got}`, "usage");
}
