import {
  decodeBlock,
  isLabelmapError,
  joinBlock,
  type LabelMapping,
  largestBlock,
  splitBlock,
} from "@pocaduck/labelmap";
import type { DvidLabelmap } from "@pocaduck/labelmap/dvid";
import type { StoreOptions } from "@pocaduck/storage";
import { type Chunk, strides } from "../chunk.ts";
import { VolumeError } from "../errors.ts";
import { Stopwatch } from "../stopwatch.ts";
import { unpackGzip } from "../unpack.ts";
import type { Triple } from "../volume.ts";
import { BrickReader } from "./bricks.ts";

/** Decodes DVID's blocks, and maps their supervoxels to bodies where a mapping is given. */
export class DvidBlocks {
  readonly decoding: Stopwatch = new Stopwatch();
  readonly #labelmap: DvidLabelmap;
  readonly #first: Triple;
  readonly #mapping: LabelMapping | undefined;
  readonly #bricks: BrickReader;

  /** @param first the block that is chunk 0, 0, 0 */
  constructor(
    labelmap: DvidLabelmap,
    scale: number,
    first: Triple,
    mapping: LabelMapping | undefined,
  ) {
    this.#labelmap = labelmap;
    this.#first = first;
    this.#mapping = mapping;
    this.#bricks = new BrickReader(labelmap, scale);
  }

  async read(index: Triple, { signal }: StoreOptions): Promise<Chunk | undefined> {
    const [x, y, z] = this.#first;
    const block: Triple = [x + index[0], y + index[1], z + index[2]];
    const packed = await this.#bricks.read(block, signal);
    if (!packed) return undefined;
    try {
      return await this.decoding.time(() => this.#decode(packed));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const code = isLabelmapError(cause, "too-large") ? "unsupported" : "corrupt";
      const message = `block ${block.join(",")} cannot be decoded: ${reason}`;
      throw new VolumeError(code, this.#labelmap.url, message, { cause });
    }
  }

  #decode(packed: Uint8Array): Chunk {
    const shape = this.#labelmap.info.blockShape;
    const bytes = unpackGzip(packed, largestBlock(shape));
    const { voxels } = decodeBlock(this.#mapped(bytes), { shape });
    return { data: voxels, strides: strides(shape) };
  }

  #mapped(bytes: Uint8Array): Uint8Array {
    if (!this.#mapping) return bytes;
    const { labels, rest } = splitBlock(bytes);
    return joinBlock(this.#mapping.map(labels), rest);
  }
}
