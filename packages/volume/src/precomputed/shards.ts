import { isStoreError, type ReadableStore, type StoreOptions } from "@pocaduck/storage";
import { ChunkCache } from "../chunk-cache.ts";
import { childKey } from "../document.ts";
import { VolumeError } from "../errors.ts";
import { unpackGzip } from "../unpack.ts";
import { placeOf, type Sharding } from "./sharding.ts";

const indexCacheSize = 16 * 2 ** 20;
const largestIndex = 64 * 2 ** 20;

/** Where the chunks of a minishard are: number, first byte, bytes. */
type Minishard = Map<bigint, [offset: number, size: number]>;

/** Finds chunks in shards: an index of minishards at the front, an index of chunks for each of them. */
export class ShardReader {
  readonly #store: ReadableStore;
  readonly #folder: string;
  readonly #sharding: Sharding;
  readonly #minishards = new ChunkCache<Minishard>(indexCacheSize, ({ size }) => 64 + size * 96);

  constructor(store: ReadableStore, folder: string, sharding: Sharding) {
    this.#store = store;
    this.#folder = folder;
    this.#sharding = sharding;
  }

  keyOf(chunk: bigint): string {
    return childKey(this.#folder, placeOf(chunk, this.#sharding).file);
  }

  async read(
    chunk: bigint,
    largest: number,
    options: StoreOptions,
  ): Promise<Uint8Array | undefined> {
    const key = this.keyOf(chunk);
    const { minishard } = placeOf(chunk, this.#sharding);
    const places = await this.#minishards.get(`${key} ${minishard}`, () =>
      this.#readMinishard(key, minishard, options),
    );
    const place = places.get(chunk);
    if (!place) return undefined;
    const bytes = await this.#bytes(key, ...place, options);
    if (!bytes) throw new VolumeError("corrupt", key, "is gone, though its index was read");
    return this.#sharding.packedData ? unpack(key, bytes, largest) : bytes;
  }

  async #readMinishard(key: string, minishard: number, options: StoreOptions): Promise<Minishard> {
    const places: Minishard = new Map();
    const entry = await this.#bytes(key, minishard * 16, 16, options);
    if (!entry) return places;
    const [start = 0n, end = 0n] = integers(entry);
    if (start === end) return places;
    if (end < start || end - start > BigInt(largestIndex)) {
      throw new VolumeError("corrupt", key, `has minishard ${minishard} at [${start}, ${end})`);
    }
    // All offsets count from the end of the shard index.
    const base = 2 ** this.#sharding.minishardBits * 16;
    const stored = await this.#bytes(key, base + Number(start), Number(end - start), options);
    if (!stored) throw new VolumeError("corrupt", key, "is gone, though its index was read");
    const packed = this.#sharding.packedIndex;
    const index = integers(packed ? unpack(key, stored, largestIndex) : stored);
    if (index.length % 3 !== 0) {
      throw new VolumeError(
        "corrupt",
        key,
        `has ${index.length} numbers in minishard ${minishard}`,
      );
    }
    const count = index.length / 3;
    let chunk = 0n;
    let offset = base;
    for (let i = 0; i < count; i++) {
      chunk += index[i] ?? 0n;
      offset += Number(index[count + i]);
      const size = Number(index[2 * count + i]);
      places.set(chunk, [offset, size]);
      offset += size;
    }
    return places;
  }

  /** Exactly `size` bytes; `undefined` where there is no such shard. */
  async #bytes(
    key: string,
    offset: number,
    size: number,
    options: StoreOptions,
  ): Promise<Uint8Array | undefined> {
    const reason = `has no ${size} bytes at ${offset}, where an index points`;
    if (!Number.isSafeInteger(offset + size)) throw new VolumeError("corrupt", key, reason);
    try {
      const bytes = await this.#store.getRange(key, { offset, length: size }, options);
      if (bytes && bytes.length !== size) throw new VolumeError("corrupt", key, reason);
      return bytes;
    } catch (cause) {
      if (!isStoreError(cause, "invalid-range")) throw cause;
      throw new VolumeError("corrupt", key, reason, { cause });
    }
  }
}

function unpack(key: string, bytes: Uint8Array, largest: number): Uint8Array {
  try {
    return unpackGzip(bytes, largest);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VolumeError("corrupt", key, `cannot be unpacked: ${reason}`, { cause });
  }
}

function integers(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(bytes.slice(0, bytes.length - (bytes.length % 8)).buffer);
}
