import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { allocate, type Chunk, strides } from "../chunk.ts";
import { childKey } from "../document.ts";
import { VolumeError } from "../errors.ts";
import { unpackGzip } from "../unpack.ts";
import type { LabelArray, Triple } from "../volume.ts";
import type { PrecomputedScale } from "./info.ts";
import { decodeSegmentation } from "./segmentation.ts";

/** Reads chunks, one object each. Some writers compress the objects, and then may add `.gz` to their names. */
export class PrecomputedChunks {
  readonly #store: ReadableStore;
  readonly #path: string;
  readonly #scale: PrecomputedScale;
  /** The ending that was found last is looked for first. */
  #endings = ["", ".gz"];

  constructor(store: ReadableStore, path: string, scale: PrecomputedScale) {
    this.#store = store;
    this.#path = childKey(path, scale.key);
    this.#scale = scale;
  }

  /** `undefined` where no chunk is stored. */
  async read(index: Triple, options: StoreOptions): Promise<Chunk | undefined> {
    const { size, voxelOffset, chunkShape } = this.#scale;
    const spans: string[] = [];
    const shape: [number, number, number] = [0, 0, 0];
    for (const axis of [0, 1, 2] as const) {
      const start = index[axis] * chunkShape[axis];
      shape[axis] = Math.min(chunkShape[axis], size[axis] - start);
      const first = voxelOffset[axis] + start;
      spans.push(`${first}-${first + shape[axis]}`);
    }
    const name = childKey(this.#path, spans.join("_"));
    for (const ending of this.#endings) {
      const key = name + ending;
      const bytes = await this.#store.get(key, options);
      if (!bytes) continue;
      if (ending !== this.#endings[0]) this.#endings = [...this.#endings].reverse();
      try {
        return { data: this.#decode(bytes, shape), strides: strides(shape) };
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new VolumeError("corrupt", key, `cannot be decoded: ${reason}`, { cause });
      }
    }
    return undefined;
  }

  #decode(stored: Uint8Array, shape: Triple): LabelArray {
    const { type, segmentationBlock } = this.#scale;
    const labels = allocate(type, shape[0] * shape[1] * shape[2]);
    const size = labels.byteLength;
    // A plain chunk of the right size is never taken for a compressed one, whatever its first labels are.
    const plain = segmentationBlock === undefined && stored.length === size;
    const bytes = plain ? stored : unpackGzip(stored, largestOf(size));
    if (segmentationBlock) return decodeSegmentation(bytes, type, shape, segmentationBlock);
    if (bytes.length !== size) throw new Error(`needs ${size} bytes, has ${bytes.length}`);
    new Uint8Array(labels.buffer).set(bytes);
    return labels;
  }
}

/** The most that compressed_segmentation makes of labels: headers, 32 bits a voxel and a table entry for each. */
function largestOf(size: number): number {
  return size * 8 + 65_536;
}
