import { StoreError } from "./errors.ts";
import type { ReadableStore, StoreOptions } from "./store.ts";

export interface StreamOptions extends StoreOptions {
  /** Bytes per request. Default 8 MiB. */
  chunkSize?: number | undefined;
}

/**
 * An object as successive ranges, the next one read while the last is used: two chunks in memory.
 * @throws {StoreError} `not-found` when absent; `unavailable` when it was replaced while it was read.
 */
export async function* stream(
  store: ReadableStore,
  key: string,
  { chunkSize = 8 << 20, signal }: StreamOptions = {},
): AsyncGenerator<Uint8Array> {
  const meta = await store.head(key, { signal });
  if (!meta) throw new StoreError("not-found", key, "does not exist");
  const { size, etag } = meta;
  const read = (offset: number): Promise<Uint8Array | undefined> => {
    const chunk = store.getRange(key, { offset, length: chunkSize }, { signal });
    // Awaited below; without this an early failure would count as unhandled.
    chunk.catch(() => undefined);
    return chunk;
  };
  let ahead = size > 0 ? read(0) : undefined;
  for (let offset = 0; ahead; ) {
    const chunk = await ahead;
    const wanted = Math.min(chunkSize, size - offset);
    if (chunk?.length !== wanted) throw replaced(key);
    offset += wanted;
    ahead = offset < size ? read(offset) : undefined;
    yield chunk;
  }
  if ((await store.head(key, { signal }))?.etag !== etag) throw replaced(key);
}

function replaced(key: string): StoreError {
  return new StoreError("unavailable", key, "was replaced while it was read; read it again");
}
