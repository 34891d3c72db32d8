import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ObjectRef } from "@pocaduck/format";
import type { Store, StoreOptions } from "@pocaduck/storage";

/** Stores a local file in bounded memory. */
export async function upload(
  store: Store,
  key: string,
  path: string,
  { signal }: StoreOptions,
): Promise<ObjectRef> {
  const hash = createHash("sha256");
  const read = async function* (): AsyncGenerator<Uint8Array> {
    const parts = createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
    for await (const part of parts) {
      hash.update(part);
      yield new Uint8Array(part.buffer, part.byteOffset, part.length);
    }
  };
  const { size } = await store.put(key, read(), { signal });
  return { key, size, sha256: hash.digest("hex") };
}

export async function putBytes(
  store: Store,
  key: string,
  bytes: Uint8Array,
  { signal }: StoreOptions,
): Promise<ObjectRef> {
  await store.put(key, bytes, { signal });
  return { key, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
