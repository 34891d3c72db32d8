import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { type ByteRange, isStoreError } from "@pocaduck/storage";
import { ChunkCache } from "../chunk-cache.ts";
import { VolumeError } from "../errors.ts";
import type { Sharding, ZarrArray } from "./array.ts";
import { checkCrc32c } from "./crc32c.ts";

const absent = 0xffff_ffff_ffff_ffffn;
const indexCacheSize = 16 * 2 ** 20;

/** Finds inner chunks in shards, by the index at one end of each. */
export class ShardReader {
  readonly #store: ReadableStore;
  readonly #array: ZarrArray;
  readonly #sharding: Sharding;
  /** Inner chunks along each axis of a shard. */
  readonly #counts: number[];
  readonly #checksums: number;
  readonly #indexSize: number;
  readonly #indexes = new ChunkCache<DataView | undefined>(
    indexCacheSize,
    (index) => index?.byteLength ?? 64,
  );

  constructor(store: ReadableStore, array: ZarrArray, sharding: Sharding) {
    this.#store = store;
    this.#array = array;
    this.#sharding = sharding;
    this.#counts = sharding.shardShape.map((size, axis) => size / (array.chunkShape[axis] ?? size));
    this.#checksums = sharding.indexCodecs.filter(({ name }) => name === "crc32c").length;
    this.#indexSize = this.#counts.reduce((a, b) => a * b, 16) + 4 * this.#checksums;
  }

  keyOf(index: number[]): string {
    return this.#array.keyOf(index.map((i, axis) => Math.floor(i / (this.#counts[axis] ?? 1))));
  }

  async read(index: number[], options: StoreOptions): Promise<Uint8Array | undefined> {
    const key = this.keyOf(index);
    const entries = await this.#indexes.get(key, () => this.#readIndex(key, options));
    if (!entries) return undefined;
    let place = 0;
    for (const [axis, count] of this.#counts.entries()) {
      place = place * count + ((index[axis] ?? 0) % count);
    }
    const offset = entries.getBigUint64(place * 16, true);
    const length = entries.getBigUint64(place * 16 + 8, true);
    if (offset === absent && length === absent) return undefined;
    const range = { offset: Number(offset), length: Number(length) };
    const bytes = await this.#readRange(key, range, options);
    if (bytes?.length === range.length) return bytes;
    const reason = `chunk ${index} is said to be ${length} bytes at ${offset}, got ${bytes?.length ?? "nothing"}`;
    throw new VolumeError("corrupt", key, reason);
  }

  async #readIndex(key: string, options: StoreOptions): Promise<DataView | undefined> {
    const range = this.#sharding.indexAtStart
      ? { offset: 0, length: this.#indexSize }
      : { suffixLength: this.#indexSize };
    let bytes = await this.#readRange(key, range, options);
    if (!bytes) return undefined;
    if (bytes.length < this.#indexSize) {
      const reason = `is ${bytes.length} bytes, too short for its shard index of ${this.#indexSize}`;
      throw new VolumeError("corrupt", key, reason);
    }
    try {
      for (let i = 0; i < this.#checksums; i++) bytes = checkCrc32c(bytes);
    } catch (cause) {
      throw new VolumeError("corrupt", key, "the shard index fails its checksum", { cause });
    }
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async #readRange(
    key: string,
    range: ByteRange,
    options: StoreOptions,
  ): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.getRange(key, range, options);
    } catch (cause) {
      if (!isStoreError(cause, "invalid-range")) throw cause;
      throw new VolumeError("corrupt", key, "is shorter than its shard index says", { cause });
    }
  }
}
