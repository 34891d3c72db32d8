import type { ReadableStore, Store } from "@pocaduck/storage";
import { openFolder, openUrl } from "./backends.ts";
import { ConfigError } from "./config/config-error.ts";
import { readSettings } from "./config/read-settings.ts";
import type { Settings } from "./config/settings.ts";

export interface OpenOptions {
  /** Default: `pocaduck.config.json` and the `POCADUCK_*` variables. */
  settings?: Settings;
}

/**
 * The store at a path or URL: `file:`, `s3://bucket/prefix`, `gs://bucket/prefix`, or a registered scheme.
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
  { settings }: OpenOptions = {},
): Promise<Store | ReadableStore> {
  // One letter before the colon is a drive.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(url)) return openFolder(url);
  const parsed = URL.parse(url);
  if (!parsed) throw new ConfigError("invalid-url", "the address is not a URL");
  if (parsed.username !== "" || parsed.password !== "") {
    throw new ConfigError(
      "invalid-url",
      "the address holds credentials; use the environment, a profile or the vendor's login",
    );
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    throw new ConfigError(
      "invalid-url",
      `${parsed.protocol}//${parsed.host}: takes no query or fragment`,
    );
  }
  return openUrl(parsed, settings ?? readSettings());
}
