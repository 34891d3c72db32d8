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

/** Points readers at the last version, where they are not yet: of a dataset that can only be read nothing is written. */
export async function mendHint(
  store: Store,
  version: number,
  options: StoreOptions,
): Promise<void> {
  if ((await readHint(store, options)) !== version) await moveHint(store, version, options);
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
  const hint = await readHint(store, options);
  if (hint !== undefined) return hint;
  let last = 0;
  for await (const { key } of store.list(versionsPrefix, options)) {
    last = Math.max(last, versionOfKey(key) ?? 0);
  }
  return last;
}

/** `undefined` where there is none, or one that is damaged. */
async function readHint(store: Store, options: StoreOptions): Promise<number | undefined> {
  const bytes = await store.get(latestKey, options);
  try {
    return bytes && decodeLatest(bytes);
  } catch (error) {
    if (isFormatError(error, "corrupt")) return undefined;
    throw error;
  }
}
