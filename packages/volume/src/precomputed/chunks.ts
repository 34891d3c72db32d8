import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { allocate, type Chunk, strides } from "../chunk.ts";
import { childKey } from "../document.ts";
import { VolumeError } from "../errors.ts";
import { Stopwatch } from "../stopwatch.ts";
import { unpackGzip } from "../unpack.ts";
import type { LabelArray, Triple } from "../volume.ts";
import type { PrecomputedScale } from "./info.ts";
import { decodeSegmentation } from "./segmentation.ts";
import { chunkNumber } from "./sharding.ts";
import { ShardReader } from "./shards.ts";

interface Stored {
  key: string;
  bytes: Uint8Array;
}

/** Reads chunks, from objects of their own or from shards. */
export class PrecomputedChunks {
  readonly decoding: Stopwatch = new Stopwatch();
  readonly #store: ReadableStore;
  readonly #folder: string;
  readonly #scale: PrecomputedScale;
  readonly #shards: ShardReader | undefined;
  /** Some writers add `.gz` to the names of objects. The ending that was found last is looked for first. */
  #endings = ["", ".gz"];

  constructor(store: ReadableStore, path: string, scale: PrecomputedScale) {
    this.#store = store;
    this.#folder = childKey(path, scale.key);
    this.#scale = scale;
    this.#shards = scale.sharding && new ShardReader(store, this.#folder, scale.sharding);
  }

  /** `undefined` where no chunk is stored. */
  async read(index: Triple, options: StoreOptions): Promise<Chunk | undefined> {
    const { size, chunkShape } = this.#scale;
    const cut = (axis: 0 | 1 | 2): number =>
      Math.min(chunkShape[axis], size[axis] - index[axis] * chunkShape[axis]);
    const shape: Triple = [cut(0), cut(1), cut(2)];
    const stored = this.#shards
      ? await this.#fromShard(this.#shards, index, options)
      : await this.#fromObject(index, shape, options);
    if (!stored) return undefined;
    try {
      return {
        data: await this.decoding.time(() => this.#decode(stored.bytes, shape)),
        strides: strides(shape),
      };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const chunk = this.#shards ? `chunk ${index} ` : "";
      const message = `${chunk}cannot be decoded: ${reason}`;
      throw new VolumeError("corrupt", stored.key, message, { cause });
    }
  }

  async #fromShard(
    shards: ShardReader,
    index: Triple,
    options: StoreOptions,
  ): Promise<Stored | undefined> {
    const { size, chunkShape } = this.#scale;
    const count = (axis: 0 | 1 | 2): number => Math.ceil(size[axis] / chunkShape[axis]);
    const number = chunkNumber(index, [count(0), count(1), count(2)]);
    const bytes = await shards.read(number, this.#largest(), options);
    return bytes && { key: shards.keyOf(number), bytes };
  }

  async #fromObject(
    index: Triple,
    shape: Triple,
    options: StoreOptions,
  ): Promise<Stored | undefined> {
    const { voxelOffset, chunkShape } = this.#scale;
    const spans = shape.map((length, axis) => {
      const i = axis as 0 | 1 | 2;
      const start = voxelOffset[i] + index[i] * chunkShape[i];
      return `${start}-${start + length}`;
    });
    const name = childKey(this.#folder, spans.join("_"));
    for (const ending of this.#endings) {
      const bytes = await this.#store.get(name + ending, options);
      if (!bytes) continue;
      if (ending !== this.#endings[0]) this.#endings = [...this.#endings].reverse();
      return { key: name + ending, bytes };
    }
    return undefined;
  }

  #decode(stored: Uint8Array, shape: Triple): LabelArray {
    const { type, segmentationBlock } = this.#scale;
    const labels = allocate(type, shape[0] * shape[1] * shape[2]);
    const size = labels.byteLength;
    // A plain chunk of the right size is never taken for a packed one, whatever its first labels are.
    const plain = segmentationBlock === undefined && stored.length === size;
    const bytes = plain ? stored : unpackGzip(stored, this.#largest());
    if (segmentationBlock) return decodeSegmentation(bytes, type, shape, segmentationBlock);
    if (bytes.length !== size) throw new Error(`needs ${size} bytes, has ${bytes.length}`);
    new Uint8Array(labels.buffer).set(bytes);
    return labels;
  }

  /** More bytes than any encoding makes of a chunk: headers, 32 bits and a label for each voxel. */
  #largest(): number {
    return this.#scale.chunkShape.reduce((a, b) => a * b, 24) + 65_536;
  }
}
