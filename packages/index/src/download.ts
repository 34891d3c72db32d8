import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, type ObjectRef } from "@pocaduck/format";
import { isStoreError, type ReadableStore, type StoreOptions, stream } from "@pocaduck/storage";

/**
 * Brings an `index.duckdb` to a local folder, in bounded memory, and returns its path. A copy that an earlier call left
 * there is used again; the folder may be shared.
 * @throws {FormatError} `corrupt` when the object is gone or not what `ref` says.
 */
export async function downloadIndex(
  store: ReadableStore,
  { key, size, sha256 }: ObjectRef,
  directory: string,
  { signal }: StoreOptions = {},
): Promise<string> {
  const path = join(directory, `${sha256}.duckdb`);
  const there = await stat(path).catch(() => undefined);
  if (there?.size === size) return path;
  await mkdir(directory, { recursive: true });
  const part = `${path}.${crypto.randomUUID()}`;
  try {
    const found = await copy(store, key, part, signal);
    if (found !== sha256) {
      throw new FormatError("corrupt", key, `has SHA-256 ${found}, its version says ${sha256}`);
    }
    await rename(part, path);
    return path;
  } catch (error) {
    if (!isStoreError(error, "not-found")) throw error;
    throw new FormatError("corrupt", key, "is gone, though its version names it", {
      cause: error,
    });
  } finally {
    await rm(part, { force: true });
  }
}

async function copy(
  store: ReadableStore,
  key: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash("sha256");
  await using file = await open(path, "wx");
  for await (const part of stream(store, key, { signal })) {
    hash.update(part);
    await file.writeFile(part);
  }
  return hash.digest("hex");
}
