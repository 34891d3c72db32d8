import { createHash } from "node:crypto";
import type { ObjectRef } from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";

/** Bytes handed over but not yet taken by the store, above which a writer waits. */
const queueSize = 8 << 20;

/** Streams one object to a store while it is being made. Until {@link ObjectWriter.close} resolves there is no object. */
export class ObjectWriter {
  readonly key: string;
  size = 0;
  readonly #hash = createHash("sha256");
  readonly #stored: Promise<unknown>;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(store: Store, key: string, signal?: AbortSignal) {
    this.key = key;
    this.#stored = store.put(key, this.#parts(), signal ? { signal } : {});
    // The failure is reported by the next write, or by close; until then it must not go unhandled.
    this.#stored.catch((error) => this.#fail(error));
  }

  /** Takes over `parts`; resolves once the store keeps pace. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      this.#hash.update(part);
      this.#queue.push(part);
      this.#queued += part.length;
      this.size += part.length;
    }
    this.#wake();
    while (this.#queued > queueSize && !this.#failure) await this.#change();
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when the object is durable. */
  async close(): Promise<ObjectRef> {
    this.#ended = true;
    this.#wake();
    await this.#stored;
    return { key: this.key, size: this.size, sha256: this.#hash.digest("hex") };
  }

  /** Gives up; the store keeps nothing. */
  async abort(): Promise<void> {
    this.#fail(new Error(`${this.key} was abandoned`));
    await this.#stored.catch(() => {});
  }

  async *#parts(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const part = Buffer.concat(this.#queue);
      this.#queue = [];
      this.#queued = 0;
      this.#wake();
      if (part.length > 0) yield part;
      else if (this.#ended) return;
      else await this.#change();
    }
  }

  #change(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        before();
        resolve();
      };
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}
