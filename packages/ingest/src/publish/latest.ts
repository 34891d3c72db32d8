import {
  decodeLatest,
  encodeLatest,
  isFormatError,
  latestKey,
  versionKey,
  versionOfKey,
  versionsPrefix,
} from "@pocaduck/format";
import type { Store, StoreOptions } from "@pocaduck/storage";

/** The last version there is, 0 when none. `latest.json` is but a hint: it may lag behind a publisher that died. */
export async function latestVersion(store: Store, options: StoreOptions): Promise<number> {
  let version = await hintedVersion(store, options);
  while (await store.head(versionKey(version + 1), options)) version++;
  return version;
}

/** Points readers at the last version. Never leaves the hint behind a version that exists. */
export async function moveHint(
  store: Store,
  version: number,
  options: StoreOptions,
): Promise<void> {
  let last = version;
  do {
    await store.put(latestKey, encodeLatest(last), options);
    last++;
  } while (await store.head(versionKey(last), options));
}

async function hintedVersion(store: Store, options: StoreOptions): Promise<number> {
  const bytes = await store.get(latestKey, options);
  try {
    if (bytes) return decodeLatest(bytes);
  } catch (error) {
    if (!isFormatError(error, "corrupt")) throw error;
  }
  let last = 0;
  for await (const { key } of store.list(versionsPrefix, options)) {
    last = Math.max(last, versionOfKey(key) ?? 0);
  }
  return last;
}
