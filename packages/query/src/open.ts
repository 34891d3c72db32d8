import {
  datasetKey,
  decodeDataset,
  decodeLatest,
  decodeManifest,
  latestKey,
  type Manifest,
  versionKey,
} from "@pocaduck/format";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { QueryError } from "./errors.ts";
import { Query } from "./query.ts";

export interface OpenQueryOptions extends StoreOptions {
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
  const { version, cacheSize = 64 << 20 } = options;
  if (version !== undefined && (!Number.isSafeInteger(version) || version < 1)) {
    throw new RangeError(`Expected \`version\` to be an integer from 1, got ${version}`);
  }
  return new Query(store, await readManifest(store, version, options), cacheSize);
}

async function readManifest(
  store: ReadableStore,
  wanted: number | undefined,
  { signal }: StoreOptions,
): Promise<Manifest> {
  const hint = wanted === undefined ? await store.get(latestKey, { signal }) : undefined;
  const version = wanted ?? (hint && decodeLatest(hint));
  const bytes = version && (await store.get(versionKey(version), { signal }));
  if (version && bytes) return decodeManifest(version, bytes);
  const dataset = await store.get(datasetKey, { signal });
  if (!dataset) throw new QueryError("not-found", `There is no dataset here: no ${datasetKey}`);
  decodeDataset(dataset);
  const latest = hint ?? (await store.get(latestKey, { signal }));
  if (!latest) {
    throw new QueryError("unpublished", "No version of this dataset is published yet: publish it");
  }
  const last = decodeLatest(latest);
  throw new QueryError(
    "unknown-version",
    `There is no version ${version}; the last one is ${last}`,
  );
}
