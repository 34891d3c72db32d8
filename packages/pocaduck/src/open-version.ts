import { openQuery, type Query } from "@pocaduck/query";
import type { OptionSpec } from "./cli/command.ts";
import { parseInteger } from "./cli/parse-value.ts";
import { readSettings } from "./config/read-settings.ts";
import { openReadable } from "./open.ts";

/** The option of every reading command. */
export const versionOption: OptionSpec & { type: "string"; multiple?: false } = {
  type: "string",
  value: "n",
  about: "the version to read: the last one by default",
};

/** Opens the version that `--version` names. */
export async function openVersion(
  dataset: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Query> {
  const number =
    version === undefined
      ? undefined
      : parseInteger("--version", version, 1, Number.MAX_SAFE_INTEGER);
  const settings = readSettings();
  const store = await openReadable(dataset, { settings });
  return openQuery(store, { ...settings.reads, version: number, signal });
}
