import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { open } from "zarrita";
import type { Chunk } from "../chunk.ts";
import { VolumeError } from "../errors.ts";
import { Stopwatch } from "../stopwatch.ts";
import type { LabelArray } from "../volume.ts";
import type { ZarrArray } from "./array.ts";
import { ShardReader } from "./shards.ts";

/** Reads chunks of an array and has zarrita decode them. Indices are in the order of the array's axes. */
export class ZarrChunks {
  readonly decoding: Stopwatch = new Stopwatch();
  readonly #store: ReadableStore;
  readonly #array: ZarrArray;
  readonly #shards: ShardReader | undefined;
  readonly #length: number;
  /** What zarrita sees of the store: plain metadata, and the bytes of the chunk it is to decode. */
  readonly #staged = new Map<string, Uint8Array>();
  readonly #zarr: Promise<{ getChunk(index: number[]): Promise<unknown> }>;

  constructor(store: ReadableStore, array: ZarrArray) {
    this.#store = store;
    this.#array = array;
    this.#shards = array.sharding && new ShardReader(store, array, array.sharding);
    this.#length = array.chunkShape.reduce((product, size) => product * size, 1);
    const metadata = {
      zarr_format: 3,
      node_type: "array",
      shape: array.shape,
      data_type: array.type,
      chunk_grid: { name: "regular", configuration: { chunk_shape: array.chunkShape } },
      chunk_key_encoding: { name: "default" },
      fill_value: 0,
      codecs: array.codecs,
      attributes: {},
    };
    this.#staged.set("/zarr.json", new TextEncoder().encode(JSON.stringify(metadata)));
    this.#zarr = open.v3(this.#staged, { kind: "array" });
  }

  /** `undefined` where no chunk is stored. */
  async read(
    index: number[],
    options: StoreOptions,
  ): Promise<(Pick<Chunk, "data"> & { strides: number[] }) | undefined> {
    const key = this.#shards?.keyOf(index) ?? this.#array.keyOf(index);
    const bytes = await (this.#shards?.read(index, options) ?? this.#store.get(key, options));
    if (!bytes) return undefined;
    const staged = ["/c", ...index].join("/");
    try {
      const zarr = await this.#zarr;
      this.#staged.set(staged, bytes);
      const { data, stride } = (await this.decoding.time(() => zarr.getChunk(index))) as {
        data: LabelArray;
        stride: number[];
      };
      if (data.length !== this.#length) {
        throw new Error(`decodes to ${data.length} voxels, not ${this.#length}`);
      }
      return { data, strides: stride };
    } catch (cause) {
      const inner = this.#shards ? `chunk ${index} ` : "";
      throw new VolumeError("corrupt", key, `${inner}cannot be decoded: ${reasonOf(cause)}`, {
        cause,
      });
    } finally {
      this.#staged.delete(staged);
    }
  }
}

/** zarrita wraps what a codec threw; WebAssembly throws numbers. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error ? cause.message : `the codec threw ${cause}`;
}
