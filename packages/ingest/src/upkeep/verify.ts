import { createHash } from "node:crypto";
import type { ObjectRef } from "@pocaduck/format";
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
 * Reads every object that a commit or a version names, and compares its size and SHA-256 with the record's.
 * @throws {FormatError} `corrupt` when a record itself is damaged.
 */
export async function verifyDataset(
  store: Store,
  { onProgress, ...options }: VerifyOptions = {},
): Promise<VerifyResult> {
  const named = await namedObjects(store, options);
  const result: VerifyResult = { objects: named.size, size: 0, damage: [] };
  let done = 0;
  await mapConcurrent(
    named.values(),
    concurrency,
    async (ref, _, signal) => {
      const reason = await check(store, ref, { signal });
      if (reason) result.damage.push({ key: ref.key, reason });
      result.size += ref.size;
      onProgress?.(++done, named.size);
    },
    options,
  );
  result.damage.sort((a, b) => (a.key < b.key ? -1 : 1));
  return result;
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
