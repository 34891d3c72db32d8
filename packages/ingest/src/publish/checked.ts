import { createHash } from "node:crypto";
import { appendFile, writeFile } from "node:fs/promises";
import { FormatError, type ObjectRef } from "@pocaduck/format";
import { isStoreError, type Store, type StoreOptions, stream } from "@pocaduck/storage";

/** The whole object. @throws {FormatError} `corrupt` when it is gone or not what the record says. */
export async function readChecked(
  store: Store,
  ref: ObjectRef,
  options: StoreOptions,
): Promise<Uint8Array> {
  const bytes = await store.get(ref.key, options);
  if (!bytes) throw gone(ref);
  assertDigest(ref, createHash("sha256").update(bytes).digest("hex"));
  return bytes;
}

/** Part of an object, whose own checksums are the caller's to check. @throws {FormatError} `corrupt` when it is not there. */
export async function readPart(
  store: Store,
  { key }: ObjectRef,
  range: { offset: number; length: number },
  options: StoreOptions,
): Promise<Uint8Array> {
  try {
    const bytes = await store.getRange(key, range, options);
    if (bytes) return bytes;
  } catch (error) {
    if (!isStoreError(error, "invalid-range")) throw error;
    throw new FormatError("corrupt", key, `ends before byte ${range.offset}`, { cause: error });
  }
  throw gone({ key });
}

/** Copies an object to a local file in bounded memory, checking it on the way. */
export async function downloadChecked(
  store: Store,
  ref: ObjectRef,
  path: string,
  options: StoreOptions,
): Promise<void> {
  const hash = createHash("sha256");
  await writeFile(path, "");
  try {
    for await (const part of stream(store, ref.key, options)) {
      hash.update(part);
      // No file is open while a store is waited for, that may hang.
      await appendFile(path, part);
    }
  } catch (error) {
    throw isStoreError(error, "not-found") ? gone(ref) : error;
  }
  assertDigest(ref, hash.digest("hex"));
}

function gone({ key }: Pick<ObjectRef, "key">): FormatError {
  return new FormatError("corrupt", key, "is gone, though a record names it");
}

function assertDigest({ key, sha256 }: ObjectRef, found: string): void {
  if (found === sha256) return;
  throw new FormatError("corrupt", key, `has SHA-256 ${found}, a record says ${sha256}`);
}
