import { CommandError } from "../cli/exit-codes.ts";
import type { CloudSource } from "./cloud-source.ts";

type Encode = (source: CloudSource) => AsyncIterable<Uint8Array>;

/** Formats by file extension; each is loaded when it is asked for. */
const formats: Record<string, () => Promise<Encode>> = {
  npy: async () => (await import("./npy.ts")).toNpy,
  csv: async () => (await import("./csv.ts")).toCsv,
  json: async () => (await import("./json.ts")).toJson,
  parquet: async () => (await import("./parquet.ts")).toParquet,
  arrow: async () => (await import("./arrow.ts")).toArrow,
  ply: async () => (await import("./ply.ts")).toPly,
};

export const formatNames: readonly string[] = Object.keys(formats);

/** Formats in which a point does not say whose it is. */
const unlabelled: readonly string[] = ["npy", "ply"];

/** By name, or by the extension of `path`. */
export async function findFormat(
  path: string | undefined,
  name?: string,
): Promise<{ encode: Encode; labelled: boolean }> {
  const ending = /\.([^./\\]+)$/.exec(path ?? "")?.[1] ?? "";
  const extension = name ?? ending;
  if (extension !== ending && Object.hasOwn(formats, ending)) {
    throw new CommandError(`--format ${name} does not go with the output "${path}"`, "usage");
  }
  const load = Object.hasOwn(formats, extension) ? formats[extension] : undefined;
  if (load) return { encode: await load(), labelled: !unlabelled.includes(extension) };
  const got =
    name === undefined ? `the output "${path}"; --format names one for any ending` : `"${name}"`;
  throw new CommandError(`expected a format of ${formatNames.join(", ")}, got ${got}`, "usage");
}
