import {
  type Neuron,
  type ObjectFolder,
  openPrecomputed,
  type ReadAnyOptions,
  readAny,
  readPrecomputed,
} from "@pocaduck/neuron-parquet";
import type { ReadableStore } from "@pocaduck/storage";

/** Objects below a name in a bucket: precomputed skeletons where one of them is `info`, else SWC. */
export class BucketFolder {
  readonly name: string;
  readonly #store: ReadableStore;
  readonly #prefix: string;
  readonly #signal: AbortSignal;

  private constructor(store: ReadableStore, prefix: string, name: string, signal: AbortSignal) {
    this.name = name;
    this.#store = store;
    this.#prefix = prefix;
    this.#signal = signal;
  }

  /** Nothing where there are no objects. */
  static async open(
    store: ReadableStore,
    key: string,
    name: string,
    signal: AbortSignal,
  ): Promise<BucketFolder | undefined> {
    for await (const _ of store.list(`${key}/`, { signal }))
      return new BucketFolder(store, `${key}/`, name, signal);
    return undefined;
  }

  async *neurons(options: ReadAnyOptions): AsyncGenerator<Neuron, void, undefined> {
    const isPrecomputed =
      options.format === "precomputed" ||
      (options.format === undefined && (await this.#get("info")) !== undefined);
    if (isPrecomputed) yield* readPrecomputed(await openPrecomputed(this.#folder()), options);
    else yield* this.#swc(options);
  }

  async *#swc(options: ReadAnyOptions): AsyncGenerator<Neuron, void, undefined> {
    for await (const { key } of this.#store.list(this.#prefix, { signal: this.#signal })) {
      const own = key.slice(this.#prefix.length);
      const bytes = /\.swc(\.gz)?$/i.test(own) ? await this.#get(own) : undefined;
      if (!bytes) {
        options.onSkip?.(own, undefined);
        continue;
      }
      const slice = (start: number, end: number) => bytes.subarray(start, end);
      const source = { name: own, byteLength: bytes.length, slice };
      yield* readAny(source, { ...options, format: "swc" });
    }
  }

  #get(name: string, range?: { start: number; end: number }): Promise<Uint8Array | undefined> {
    const [key, signal] = [this.#prefix + name, this.#signal];
    if (!range) return this.#store.get(key, { signal });
    const { start, end } = range;
    return this.#store.getRange(key, { offset: start, length: end - start }, { signal });
  }

  #folder(): ObjectFolder {
    return {
      name: this.name,
      get: (name, range) => this.#get(name, range),
      list: async (within = "") => {
        const prefix = this.#prefix + within;
        const names: string[] = [];
        for await (const { key } of this.#store.list(prefix, { signal: this.#signal }))
          if (!key.includes("/", prefix.length)) names.push(key.slice(prefix.length));
        return names;
      },
    };
  }
}
