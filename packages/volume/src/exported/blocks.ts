import { decodeBlock, joinBlock, largestBlock } from "@pocaduck/labelmap";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { type Chunk, strides } from "../chunk.ts";
import { ChunkCache } from "../chunk-cache.ts";
import { isVolumeError, VolumeError } from "../errors.ts";
import { Stopwatch } from "../stopwatch.ts";
import { unpackZstd } from "../unpack.ts";
import type { Triple } from "../volume.ts";
import type { ExportedScale, Shard } from "./manifest.ts";
import { type BlockRow, ShardFile } from "./shard-file.ts";

/** Rows read at once: neighbours along x, which lie together. */
const run = 8;
const filesSize = 32 * 2 ** 20;
const runsSize = 64 * 2 ** 20;

/** Decodes the blocks of one scale of an export. */
export class ExportedBlocks {
  readonly decoding: Stopwatch = new Stopwatch();
  readonly #store: ReadableStore;
  readonly #scale: ExportedScale;
  readonly #first: Triple;
  readonly #ids: "labels" | "supervoxels";
  readonly #bins: readonly string[];
  readonly #files = new ChunkCache<ShardFile>(filesSize, ({ size }) => size);
  readonly #runs = new ChunkCache<BlockRow[]>(runsSize, sizeOf);
  #latest: Shard | undefined;

  /** @param first the block that is chunk 0, 0, 0 */
  constructor(
    store: ReadableStore,
    scale: ExportedScale,
    first: Triple,
    ids: "labels" | "supervoxels",
  ) {
    this.#store = store;
    this.#scale = scale;
    this.#first = first;
    this.#ids = ids;
    this.#bins = Array.from({ length: scale.bins }, (_, bin) => `bin${bin + 1}`);
  }

  async read(index: Triple, { signal }: StoreOptions): Promise<Chunk | undefined> {
    const [x, y, z] = this.#first;
    const block: Triple = [x + index[0], y + index[1], z + index[2]];
    const shard = this.#shardOf(block);
    if (!shard) return undefined;
    const { key } = shard;
    try {
      const file = await this.#files.get(key, () => ShardFile.open(this.#store, shard, signal));
      const row = file.row(block);
      if (row === undefined) return undefined;
      const start = row - (row % run);
      const rows = await this.#runs.get(`${key} ${start}`, () =>
        file.read(start, start + run, this.#ids, this.#bins),
      );
      const found = rows[row - start];
      if (!found) throw new Error(`has no row ${row}`);
      const packed = await this.#packed(found, signal);
      return await this.decoding.time(() => this.#decode(found, packed));
    } catch (cause) {
      signal?.throwIfAborted();
      if (isVolumeError(cause) || (cause instanceof Error && cause.name === "StoreError"))
        throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `block ${block.join(",")} cannot be decoded: ${reason}`;
      throw new VolumeError("corrupt", key, message, { cause });
    }
  }

  async #packed({ bins, overflow }: BlockRow, signal?: AbortSignal): Promise<Uint8Array> {
    if (overflow === null) return concat(bins);
    // As Python's worker leaves it.
    if (typeof overflow !== "string") return overflow;
    const bytes = await this.#store.get(overflow, { signal });
    if (!bytes) throw new VolumeError("corrupt", overflow, "is missing, and a row names it");
    return bytes;
  }

  #decode({ ids, size }: BlockRow, packed: Uint8Array): Chunk {
    const shape = this.#scale.blockShape;
    const rest = unpackZstd(packed, largestBlock(shape));
    const block = joinBlock(BigUint64Array.from(ids), rest);
    if (block.length !== size) throw new Error(`has ${block.length} bytes, not ${size}`);
    return { data: decodeBlock(block, { shape }).voxels, strides: strides(shape) };
  }

  #shardOf(block: Triple): Shard | undefined {
    if (this.#latest && holds(this.#latest, block)) return this.#latest;
    const found = this.#scale.shards.find((shard) => holds(shard, block));
    if (found) this.#latest = found;
    return found;
  }
}

function holds({ start, end }: Shard, block: Triple): boolean {
  return ([0, 1, 2] as const).every(
    (axis) => block[axis] >= start[axis] && block[axis] < end[axis],
  );
}

function sizeOf(rows: readonly BlockRow[]): number {
  let size = 64;
  for (const { ids, bins } of rows) {
    size += 64 + 24 * ids.length;
    for (const bin of bins) size += bin.length;
  }
  return size;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
