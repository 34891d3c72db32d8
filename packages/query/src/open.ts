import {
  assertCount,
  decodeManifest,
  FormatError,
  type Manifest,
  versionKey,
} from "@pocaduck/format";
import { assertReadableStore, type ReadableStore, type StoreOptions } from "@pocaduck/storage";
import { QueryError } from "./errors.ts";
import type { GroupOptions } from "./group-reads.ts";
import { assertDataset, lastVersion } from "./last-version.ts";
import { Query } from "./query.ts";

export interface OpenQueryOptions extends StoreOptions, GroupOptions {
  /** The version to read: the last one unless said. */
  version?: number | undefined;
  /** Bytes of decoded index to keep: 64 MiB by default. */
  cacheSize?: number | undefined;
}

/**
 * Opens a version for reading: two requests, one when `version` is given. It stays at that version.
 * @throws {QueryError} `not-found`, `unpublished`, `unknown-version`.
 * @throws {FormatError} `corrupt`, `unsupported-version`.
 */
export async function openQuery(
  store: ReadableStore,
  options: OpenQueryOptions = {},
): Promise<Query> {
  assertReadableStore(store);
  const { version, cacheSize = 64 << 20, gap, cap, signal } = options;
  assertCount("version", version, 1);
  assertCount("cacheSize", cacheSize, 0);
  assertCount("gap", gap, 0);
  assertCount("cap", cap, 1);
  const manifest = await readManifest(store, version, { signal });
  return new Query(store, manifest, cacheSize, { gap, cap });
}

async function readManifest(
  store: ReadableStore,
  wanted: number | undefined,
  options: StoreOptions,
): Promise<Manifest> {
  const version = wanted ?? (await lastVersion(store, options));
  const key = versionKey(version);
  const bytes = await store.get(key, options);
  if (bytes) return decodeManifest(version, bytes);
  await assertDataset(store, options);
  const last = wanted === undefined ? version : await lastVersion(store, options);
  if (version <= last) throw new FormatError("corrupt", key, "is gone, though it was published");
  throw new QueryError(
    "unknown-version",
    `There is no version ${version}; the last one is ${last}`,
  );
}
