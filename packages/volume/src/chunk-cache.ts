interface Entry<T> {
  value: Promise<T>;
  /** Bytes; 0 until it is loaded. */
  size: number;
}

/** Keeps what was used last, up to a number of bytes. Callers that ask for one key at once share one load. */
export class ChunkCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #sizeOf: (value: T) => number;
  readonly #capacity: number;
  #size = 0;

  constructor(capacity: number, sizeOf: (value: T) => number) {
    this.#capacity = capacity;
    this.#sizeOf = sizeOf;
  }

  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known) {
      // A Map keeps the order of insertion: the first key is the one unused for longest.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value;
    }
    const entry: Entry<T> = { value: this.#load(key, load), size: 0 };
    this.#entries.set(key, entry);
    return entry.value;
  }

  async #load(key: string, load: () => Promise<T>): Promise<T> {
    try {
      const value = await load();
      const entry = this.#entries.get(key);
      if (entry) this.#size += entry.size = this.#sizeOf(value);
      this.#trim(key);
      return value;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  #trim(latest: string): void {
    for (const [key, { size }] of this.#entries) {
      if (this.#size <= this.#capacity) return;
      if (size === 0 || key === latest) continue;
      this.#entries.delete(key);
      this.#size -= size;
    }
  }
}
