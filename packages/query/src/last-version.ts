import {
  datasetKey,
  decodeDataset,
  decodeLatest,
  FormatError,
  isFormatError,
  latestKey,
  versionKey,
  versionOfKey,
  versionsPrefix,
} from "@pocaduck/format";
import { isStoreError, type ReadableStore, type StoreOptions } from "@pocaduck/storage";
import { QueryError } from "./errors.ts";

/**
 * The version that `latest.json` names: one request. It is but a hint, and where it cannot be read the versions are listed.
 * @throws {QueryError} `not-found`, `unpublished`.
 */
export async function lastVersion(store: ReadableStore, options: StoreOptions): Promise<number> {
  const bytes = await store.get(latestKey, options);
  try {
    if (bytes) return decodeLatest(bytes);
  } catch (error) {
    if (!isFormatError(error, "corrupt")) throw error;
  }
  await assertDataset(store, options);
  const last = await listedVersion(store, options);
  if (last > 0) return last;
  throw new QueryError("unpublished", "No version of this dataset is published yet: publish it");
}

/** @throws {QueryError} `not-found`. */
export async function assertDataset(store: ReadableStore, options: StoreOptions): Promise<void> {
  const bytes = await store.get(datasetKey, options);
  if (!bytes) throw new QueryError("not-found", `There is no dataset here: no ${datasetKey}`);
  decodeDataset(bytes);
}

async function listedVersion(store: ReadableStore, options: StoreOptions): Promise<number> {
  let last = 0;
  try {
    for await (const { key } of store.list(versionsPrefix, options)) {
      last = Math.max(last, versionOfKey(key) ?? 0);
    }
  } catch (error) {
    if (!isStoreError(error, "unsupported", "forbidden")) throw error;
    // Over plain HTTP, or for readers who may not list. The first version tells a lost hint from a dataset without any.
    if (!(await store.head(versionKey(1), options))) return 0;
    const reason =
      "is gone or damaged, and this store cannot list versions: open one by its number";
    throw new FormatError("corrupt", latestKey, reason, { cause: error });
  }
  return last;
}
