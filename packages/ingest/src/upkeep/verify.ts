import { createHash } from "node:crypto";
import { decodeLatest, isFormatError, latestKey, type ObjectRef } from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions, stream } from "@pocaduck/storage";
import { namedObjects } from "./named-objects.ts";

export interface VerifyOptions extends StoreOptions {
  onProgress?: (done: number, of: number) => void;
}

export interface VerifyResult {
  objects: number;
  /** Bytes read. */
  size: number;
  /** What is wrong, an object each. */
  damage: { key: string; reason: string }[];
}

const concurrency = 4;

/**
 * Reads every record, looks whether one is missing, and compares each object that a commit or a version names
 * with the size and SHA-256 in the record.
 * @throws {FormatError} `unsupported-version`.
 */
export async function verifyDataset(
  store: Store,
  { onProgress, ...options }: VerifyOptions = {},
): Promise<VerifyResult> {
  const { objects, damage } = await namedObjects(store, options);
  if (await hintIsDamaged(store, options)) {
    damage.set(
      latestKey,
      "is damaged, though readers can do without it; publishing writes it anew",
    );
  }
  let size = 0;
  let done = 0;
  await mapConcurrent(
    objects.values(),
    concurrency,
    async (ref, _, signal) => {
      const reason = await check(store, ref, { signal });
      if (reason) damage.set(ref.key, reason);
      size += ref.size;
      onProgress?.(++done, objects.size);
    },
    options,
  );
  const found = Array.from(damage, ([key, reason]) => ({ key, reason }));
  found.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { objects: objects.size, size, damage: found };
}

async function check(
  store: Store,
  { key, size, sha256 }: ObjectRef,
  options: StoreOptions,
): Promise<string | undefined> {
  const meta = await store.head(key, options);
  if (!meta) return "is gone";
  if (meta.size !== size) return `has ${meta.size} bytes, its record says ${size}`;
  const hash = createHash("sha256");
  for await (const part of stream(store, key, options)) hash.update(part);
  const found = hash.digest("hex");
  return found === sha256 ? undefined : `has SHA-256 ${found}, its record says ${sha256}`;
}

/** One that is gone or behind is sound: so a publisher leaves it who dies in its last step. */
async function hintIsDamaged(store: Store, options: StoreOptions): Promise<boolean> {
  const bytes = await store.get(latestKey, options);
  try {
    if (bytes) decodeLatest(bytes);
    return false;
  } catch (error) {
    if (isFormatError(error, "corrupt")) return true;
    throw error;
  }
}
