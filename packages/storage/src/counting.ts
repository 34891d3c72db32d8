import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectMeta,
  ReadableStore,
  Store,
  StoreOptions,
} from "./store.ts";

export type StoreMethod = keyof Store;

export interface CallCount {
  calls: number;
  /** Of bodies: read by `get` and `getRange`, written by `put` and `putIfAbsent`. */
  bytes: number;
}

export type CallCounts = Record<StoreMethod, CallCount>;

/** Counts what passes through to a store one may only read. */
export class CountingReader implements ReadableStore {
  readonly #store: ReadableStore;
  /** Live; `reset` starts over. */
  counts: CallCounts = noCalls();

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  reset(): void {
    this.counts = noCalls();
  }

  /** Calls of every method. */
  get requests(): number {
    return Object.values(this.counts).reduce((sum, { calls }) => sum + calls, 0);
  }

  get bytesRead(): number {
    return this.counts.get.bytes + this.counts.getRange.bytes;
  }

  async get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    this.counts.get.calls++;
    const body = await this.#store.get(key, options);
    this.counts.get.bytes += body?.length ?? 0;
    return body;
  }

  async getRange(
    key: string,
    range: ByteRange,
    options?: StoreOptions,
  ): Promise<Uint8Array | undefined> {
    this.counts.getRange.calls++;
    const body = await this.#store.getRange(key, range, options);
    this.counts.getRange.bytes += body?.length ?? 0;
    return body;
  }

  async head(key: string, options?: StoreOptions): Promise<ObjectMeta | undefined> {
    this.counts.head.calls++;
    return this.#store.head(key, options);
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectMeta> {
    this.counts.list.calls++;
    yield* this.#store.list(prefix, options);
  }
}

/** Counts what passes through to a store. */
export class CountingStore implements Store {
  readonly #store: Store;
  readonly #reader: CountingReader;

  constructor(store: Store) {
    this.#store = store;
    this.#reader = new CountingReader(store);
  }

  get counts(): CallCounts {
    return this.#reader.counts;
  }

  get requests(): number {
    return this.#reader.requests;
  }

  get bytesRead(): number {
    return this.#reader.bytesRead;
  }

  get bytesWritten(): number {
    return this.counts.put.bytes + this.counts.putIfAbsent.bytes;
  }

  reset(): void {
    this.#reader.reset();
  }

  get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#reader.get(key, options);
  }

  getRange(key: string, range: ByteRange, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#reader.getRange(key, range, options);
  }

  head(key: string, options?: StoreOptions): Promise<ObjectMeta | undefined> {
    return this.#reader.head(key, options);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectMeta> {
    return this.#reader.list(prefix, options);
  }

  async put(key: string, body: Body, options?: StoreOptions): Promise<ObjectMeta> {
    this.counts.put.calls++;
    const meta = await this.#store.put(key, body, options);
    this.counts.put.bytes += meta.size;
    return meta;
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    options?: StoreOptions,
  ): Promise<ObjectMeta | undefined> {
    this.counts.putIfAbsent.calls++;
    const meta = await this.#store.putIfAbsent(key, body, options);
    this.counts.putIfAbsent.bytes += meta?.size ?? 0;
    return meta;
  }

  async delete(key: string, options?: StoreOptions): Promise<void> {
    this.counts.delete.calls++;
    await this.#store.delete(key, options);
  }
}

function noCalls(): CallCounts {
  const none = (): CallCount => ({ calls: 0, bytes: 0 });
  return {
    get: none(),
    getRange: none(),
    head: none(),
    list: none(),
    put: none(),
    putIfAbsent: none(),
    delete: none(),
  };
}
