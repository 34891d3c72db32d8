import {
  type Body,
  type ByteRange,
  isStoreError,
  type ListOptions,
  mapConcurrent,
  type ObjectMeta,
  type Store,
  StoreError,
  type StoreOptions,
} from "@pocaduck/storage";

const nothingWritten = ["invalid-key", "forbidden", "not-found", "read-only"] as const;

/**
 * A store that knows what was written through it, so that all of it can be deleted: a listing may
 * hide some. Once `signal` is aborted no call begins, while those under way come to their end.
 */
export class Ledger implements Store {
  readonly #store: Store;
  readonly #signal: AbortSignal | undefined;
  readonly #written = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(store: Store, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#run(() => this.#store.get(key, options));
  }

  getRange(key: string, range: ByteRange, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#run(() => this.#store.getRange(key, range, options));
  }

  head(key: string, options?: StoreOptions): Promise<ObjectMeta | undefined> {
    return this.#run(() => this.#store.head(key, options));
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectMeta> {
    this.#signal?.throwIfAborted();
    for await (const meta of this.#store.list(prefix, options)) {
      this.#signal?.throwIfAborted();
      yield meta;
    }
  }

  put(key: string, body: Body, options?: StoreOptions): Promise<ObjectMeta> {
    return this.#run(() => this.#write(key, () => this.#store.put(key, body, options)));
  }

  putIfAbsent(
    key: string,
    body: Uint8Array,
    options?: StoreOptions,
  ): Promise<ObjectMeta | undefined> {
    return this.#run(() => this.#write(key, () => this.#store.putIfAbsent(key, body, options)));
  }

  delete(key: string, options?: StoreOptions): Promise<void> {
    return this.#run(() => this.#store.delete(key, options));
  }

  /** Whether there may be something to delete. */
  get isEmpty(): boolean {
    return this.#written.size === 0;
  }

  /** Waits until no call is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Deletes what was written; once settled. Rejects when some of it may be left below `folder`. */
  async clear(folder: string): Promise<void> {
    const failures: unknown[] = [];
    const remove = (key: string): Promise<void> =>
      this.#store.delete(key).catch((error: unknown) => void failures.push(error));
    await mapConcurrent(this.#written, 16, remove);
    if (failures.length > 0) throw failures[0];
    // A right to list may be missing, and then every key was deleted by its name.
    const left = await this.#left(folder).catch((error: unknown) => {
      if (!isStoreError(error, "forbidden")) throw error;
    });
    if (left) throw new StoreError("unavailable", left, "is still listed after it was deleted");
  }

  async #left(folder: string): Promise<string | undefined> {
    for await (const { key } of this.#store.list(`${folder}/`)) return key;
    return undefined;
  }

  async #write<T>(key: string, write: () => Promise<T>): Promise<T> {
    const isFirst = !this.#written.has(key);
    this.#written.add(key);
    try {
      const result = await write();
      this.#written.add(key);
      return result;
    } catch (error) {
      if (isFirst && isStoreError(error, ...nothingWritten)) this.#written.delete(key);
      throw error;
    }
  }

  async #run<T>(call: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
