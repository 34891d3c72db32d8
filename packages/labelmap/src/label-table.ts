/** Numbers labels in the order they come, from 0; a label is a pair of 32-bit words. */
export class LabelTable {
  /** Two words per label; only the first `2 * size` count. */
  words: Uint32Array;
  size = 0;
  /** Number of a label + 1, 0 where free. */
  #slots: Uint32Array;

  constructor(capacity: number) {
    this.words = new Uint32Array(2 * capacity);
    this.#slots = new Uint32Array(2 * capacity);
  }

  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  /** The label's number; a new label gets the next. */
  number(low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(low, high) & mask;
    for (;;) {
      const taken = this.#slots[slot] as number;
      if (taken === 0) break;
      const at = 2 * taken - 2;
      if (this.words[at] === low && this.words[at + 1] === high) return taken - 1;
      slot = (slot + 1) & mask;
    }
    if (2 * this.size === this.words.length) {
      this.#grow();
      return this.number(low, high);
    }
    this.words[2 * this.size] = low;
    this.words[2 * this.size + 1] = high;
    this.#slots[slot] = ++this.size;
    return this.size - 1;
  }

  #grow(): void {
    const words = new Uint32Array(2 * this.words.length);
    words.set(this.words);
    this.words = words;
    this.#slots = new Uint32Array(words.length);
    const mask = this.#slots.length - 1;
    for (let label = 0; label < this.size; label++) {
      let slot = hash(words[2 * label] as number, words[2 * label + 1] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = label + 1;
    }
  }
}

/** murmur3's finalizer over both words: ids that differ in few bits must not share slots. */
function hash(low: number, high: number): number {
  let mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
