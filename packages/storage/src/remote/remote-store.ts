import { assertBody, assertBytes } from "../body.ts";
import { StoreError } from "../errors.ts";
import { assertKey, assertPrefix } from "../key.ts";
import type { Body, ByteRange, ListOptions, ObjectMeta, Store, StoreOptions } from "../store.ts";
import type { RemoteOptions } from "./policy.ts";
import { RemoteReader } from "./remote-reader.ts";
import { RequestError } from "./request-error.ts";
import { Retrier } from "./retry.ts";
import type { Transport, UnfinishedPage, UnfinishedUpload } from "./transport.ts";
import { upload } from "./upload.ts";

/** A {@link Store} over single attempts: all that object stores share lives here, once. */
export class RemoteStore implements Store {
  readonly #transport: Transport;
  readonly #retrier: Retrier;
  readonly #reader: RemoteReader;

  constructor(transport: Transport, options: RemoteOptions) {
    this.#transport = transport;
    this.#retrier = new Retrier(transport, options);
    this.#reader = new RemoteReader(transport, options, this.#retrier);
  }

  /** Frees sockets; no call may follow. */
  async close(): Promise<void> {
    await this.#transport.close();
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

  async put(key: string, body: Body, { signal }: StoreOptions = {}): Promise<ObjectMeta> {
    assertKey(key);
    assertBody(body);
    signal?.throwIfAborted();
    if (!(body instanceof Uint8Array) || body.length > this.#transport.partSize(0)) {
      return upload(this.#transport, this.#retrier, key, body, signal);
    }
    // A copy, since a repeat may send it after the caller has changed it.
    const bytes = new Uint8Array(body);
    const token = crypto.randomUUID();
    return this.#retrier.run(
      { operation: "put", key, signal, size: bytes.length, writes: true },
      (attempt) => this.#transport.put(key, bytes, { ifAbsent: false, token }, attempt.signal),
    );
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    { signal }: StoreOptions = {},
  ): Promise<ObjectMeta | undefined> {
    assertKey(key);
    assertBytes(body);
    signal?.throwIfAborted();
    const bytes = new Uint8Array(body);
    // Tells our object from a rival's, equal bytes or not.
    const token = crypto.randomUUID();
    const call = { operation: "put", key, signal, size: bytes.length, writes: true } as const;
    try {
      return await this.#retrier.run(call, async ({ signal, inDoubt }) => {
        try {
          return await this.#transport.put(key, bytes, { ifAbsent: true, token }, signal);
        } catch (error) {
          if (!(error instanceof RequestError) || error.status !== 412) throw error;
          if (!inDoubt) return undefined;
          const found = await this.#transport.token(key, signal);
          if (found) return found.token === token ? found.meta : undefined;
          throw new RequestError("exists, and then does not", { code: "Conflict", status: 503 });
        }
      });
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "unknown-outcome") throw error;
      return this.#settle(key, token, signal, error);
    }
  }

  async delete(key: string, { signal }: StoreOptions = {}): Promise<void> {
    assertKey(key);
    await this.#retrier.run({ operation: "delete", key, signal, writes: true }, (attempt) =>
      this.#transport.delete(key, attempt.signal),
    );
  }

  /**
   * Ends the uploads that killed writers left of keys that begin with `prefix` and that were opened longer than `ageMs`
   * ago, and tells how many: no listing shows them, and some servers bill them. An upload still going on must be younger.
   */
  async endUploads(prefix: string, ageMs: number, { signal }: StoreOptions = {}): Promise<number> {
    assertPrefix(prefix);
    if (!(ageMs >= 0)) {
      throw new RangeError(`Expected \`ageMs\` to be a number from 0, got ${ageMs}`);
    }
    let [ended, after]: [number, UnfinishedUpload | undefined] = [0, undefined];
    do {
      const page: UnfinishedPage = await this.#retrier.run(
        { operation: "list", key: prefix, signal },
        (attempt) => this.#transport.unfinished(prefix, after, attempt.signal),
      );
      for (const upload of page.uploads) {
        if (upload.ageMs < ageMs) continue;
        await this.#retrier.run({ operation: "upload", key: upload.key, signal }, (attempt) =>
          this.#transport.endUpload(upload, attempt.signal),
        );
        ended++;
      }
      after = page.next;
    } while (after !== undefined);
    return ended;
  }

  /** No attempt was answered: the object itself tells, if it can be read. */
  async #settle(
    key: string,
    token: string,
    signal: AbortSignal | undefined,
    open: StoreError,
  ): Promise<ObjectMeta | undefined> {
    const found = await this.#retrier
      .run({ operation: "head", key, signal }, (attempt) =>
        this.#transport.token(key, attempt.signal),
      )
      .catch((error) => {
        signal?.throwIfAborted();
        if (error instanceof StoreError) throw open;
        throw error;
      });
    // Absent now, but the last attempt may still be on its way.
    if (!found) throw open;
    return found.token === token ? found.meta : undefined;
  }
}
