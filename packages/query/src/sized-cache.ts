import { SharedLoad } from "./shared-load.ts";

interface Entry<V> {
  load: SharedLoad<V>;
  size: number;
}

/** Keeps the values used last, up to a size in bytes; a value is loaded once, however many ask for it at once. */
export class SizedCache<V> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<V>>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `size` is what the value will take. A failed load is not kept; an aborted `signal` ends none that others wait for. */
  get(
    key: string,
    size: number,
    load: (signal: AbortSignal) => Promise<V>,
    signal: AbortSignal | undefined,
  ): Promise<V> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const known = this.#entries.get(key);
    if (known) {
      this.#drop(key, known);
      if (!known.load.stopped) {
        this.#keep(key, known);
        return known.load.wait(signal);
      }
    }
    const entry: Entry<V> = { load: new SharedLoad(load, () => this.#drop(key, entry)), size };
    this.#keep(key, entry);
    for (const [oldest, old] of this.#entries) {
      if (this.#size <= this.#capacity || old === entry) break;
      this.#drop(oldest, old);
    }
    return entry.load.wait(signal);
  }

  #keep(key: string, entry: Entry<V>): void {
    this.#entries.set(key, entry);
    this.#size += entry.size;
  }

  #drop(key: string, entry: Entry<V>): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }
}
