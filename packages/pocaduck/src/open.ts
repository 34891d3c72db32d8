import type { ReadableStore, Store } from "@pocaduck/storage";
import { parseAddress } from "./address.ts";
import { openFolder, openUrl } from "./backends.ts";
import { ConfigError } from "./config/config-error.ts";
import { readSettings } from "./config/read-settings.ts";
import type { Settings } from "./config/settings.ts";

export interface OpenOptions {
  /** Default: `pocaduck.config.json` and the `POCADUCK_*` variables. */
  settings?: Settings;
}

/**
 * The store at a path or URL: `file:folder`, `s3://bucket/prefix`, `gs://bucket/prefix`, or a registered scheme.
 * @throws {ConfigError} when it cannot be written, as over `https:`; open that with `openReadable`.
 */
export async function open(url: string, options: OpenOptions = {}): Promise<Store> {
  const store = await openReadable(url, options);
  if ("put" in store) return store as Store;
  throw new ConfigError("invalid-url", `${url}: can only be read; this needs a store to write to`);
}

/** As `open`, for reading alone, and so `https:` too. */
export async function openReadable(
  url: string,
  options: OpenOptions = {},
): Promise<Store | ReadableStore> {
  const address = parseAddress(url);
  // Also where they are not needed: a broken file is told by whatever comes first.
  const settings = options.settings ?? readSettings();
  return "folder" in address ? openFolder(address.folder) : openUrl(address.url, settings);
}
