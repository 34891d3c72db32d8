/** Keeps the values used last, up to a size in bytes; a value is loaded once, however many ask for it at once. */
export class SizedCache<V> {
  readonly #capacity: number;
  readonly #entries = new Map<string, { value: Promise<V>; size: number }>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `size` is what the value will take. A failed load is not kept. */
  get(key: string, size: number, load: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value;
    }
    const entry = { value: load(), size };
    this.#entries.set(key, entry);
    this.#size += size;
    entry.value.catch(() => this.#drop(key, entry));
    for (const [oldest, old] of this.#entries) {
      if (this.#size <= this.#capacity || old === entry) break;
      this.#drop(oldest, old);
    }
    return entry.value;
  }

  #drop(key: string, entry: { size: number }): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }
}
