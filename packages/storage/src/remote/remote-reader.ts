import { StoreError } from "../errors.ts";
import { assertKey, assertPrefix, compareKeys, keyFault } from "../key.ts";
import { assertRange, resolveRange } from "../range.ts";
import type { ByteRange, ListOptions, ObjectMeta, ReadableStore, StoreOptions } from "../store.ts";
import { hedged } from "./hedge.ts";
import type { RemoteOptions } from "./policy.ts";
import { PastEnd, Read } from "./read.ts";
import { Retrier, type Try } from "./retry.ts";
import type { Page, ReadTransport } from "./transport.ts";

/** The reading part of a store, over single attempts. */
export class RemoteReader implements ReadableStore {
  readonly #transport: ReadTransport;
  readonly #retrier: Retrier;

  constructor(transport: ReadTransport, options: RemoteOptions, retrier?: Retrier) {
    this.#transport = transport;
    this.#retrier = retrier ?? new Retrier(transport, options);
  }

  async get(key: string, { signal }: StoreOptions = {}): Promise<Uint8Array | undefined> {
    assertKey(key);
    return this.#read(key, undefined, 0, signal);
  }

  async getRange(
    key: string,
    range: ByteRange,
    { signal }: StoreOptions = {},
  ): Promise<Uint8Array | undefined> {
    assertKey(key);
    assertRange(key, range);
    const length = "suffixLength" in range ? range.suffixLength : range.length;
    if (length > 0) return this.#read(key, range, Math.min(length, 2 ** 31), signal);
    // HTTP cannot ask for no bytes.
    const meta = await this.head(key, { signal });
    if (!meta) return undefined;
    resolveRange(key, range, meta.size);
    return new Uint8Array();
  }

  async head(key: string, { signal }: StoreOptions = {}): Promise<ObjectMeta | undefined> {
    assertKey(key);
    return this.#retrier.run({ operation: "head", key, signal }, (attempt) =>
      this.#transport.head(key, attempt.signal),
    );
  }

  async *list(prefix: string, { after, signal }: ListOptions = {}): AsyncGenerator<ObjectMeta> {
    assertPrefix(prefix);
    signal?.throwIfAborted();
    if (!canStartKey(prefix)) return;
    let last = after ?? "";
    let next: string | undefined;
    do {
      const page: Page = await this.#retrier.run(
        { operation: "list", key: prefix, signal },
        (attempt) => this.#transport.page(prefix, after, next, attempt.signal),
      );
      for (const meta of page.objects) {
        // Others may keep in the bucket what is no key here, or list the start once more.
        if (!meta.key.startsWith(prefix) || keyFault(meta.key)) continue;
        if (meta.key === last || compareKeys(meta.key, after ?? "") <= 0) continue;
        if (compareKeys(meta.key, last) < 0) throw this.#unordered(prefix, last, meta.key);
        last = meta.key;
        yield meta;
        signal?.throwIfAborted();
      }
      if (page.next !== undefined && page.next === next) {
        throw new StoreError(
          "unavailable",
          prefix,
          `${this.#transport.place}: the listing repeats itself`,
        );
      }
      next = page.next;
    } while (next !== undefined);
  }

  #unordered(prefix: string, a: string, b: string): StoreError {
    const { place } = this.#transport;
    const keys = `${JSON.stringify(b)} after ${JSON.stringify(a)}`;
    return new StoreError(
      "unsupported",
      prefix,
      `${place}: lists ${keys}, not in the order of keys`,
    );
  }

  async #read(
    key: string,
    range: ByteRange | undefined,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const read = new Read(this.#transport, key, range);
    const { hedgeMs } = this.#retrier.policy;
    const attempt =
      hedgeMs === undefined
        ? (use: Try) => read.attempt(use)
        : (use: Try) =>
            hedged(hedgeMs, use.signal, (stop) =>
              new Read(this.#transport, key, range).attempt({ ...use, signal: stop }),
            );
    try {
      return await this.#retrier.run({ operation: "get", key, signal, size }, attempt);
    } catch (error) {
      if (!(error instanceof PastEnd)) throw error;
      const reason = `${this.#transport.place}: ${JSON.stringify(range)} starts past the end of ${error.size} bytes`;
      throw new StoreError("invalid-range", key, reason);
    }
  }
}

/** Whether a key can start so: a request for anything else might mean something else to a server. */
function canStartKey(prefix: string): boolean {
  return (
    prefix === "" ||
    keyFault(prefix.endsWith("/") ? `${prefix}x` : prefix) === undefined ||
    keyFault(`${prefix}x`) === undefined
  );
}
