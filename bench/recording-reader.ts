import type {
  ByteRange,
  ListOptions,
  ObjectMeta,
  ReadableStore,
  StoreOptions,
} from "@pocaduck/storage";

/** Passes calls on, and keeps what ranges were asked for. */
export class RecordingReader implements ReadableStore {
  readonly ranges: { key: string; offset: number; length: number }[] = [];
  readonly #store: ReadableStore;

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#store.get(key, options);
  }

  getRange(key: string, range: ByteRange, options?: StoreOptions): Promise<Uint8Array | undefined> {
    if ("offset" in range) this.ranges.push({ key, ...range });
    return this.#store.getRange(key, range, options);
  }

  head(key: string, options?: StoreOptions): Promise<ObjectMeta | undefined> {
    return this.#store.head(key, options);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectMeta> {
    return this.#store.list(prefix, options);
  }
}
