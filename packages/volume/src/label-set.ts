/** Labels, looked up by their low and high words. */
export class LabelSet {
  /** Slots of low word, high word, 1 where taken; open addressing. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(name: string, labels: Iterable<bigint>) {
    const all = [...labels];
    let capacity = 8;
    while (capacity < all.length * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#slots = new Uint32Array(capacity * 3);
    for (const label of all) {
      if (typeof label !== "bigint" || BigInt.asUintN(64, label) !== label) {
        throw new RangeError(`Expected \`${name}\` to be bigints from 0 to 2^64-1, got ${label}`);
      }
      const [low, high] = [Number(label & 0xffff_ffffn), Number(label >> 32n)];
      const slot = this.#find(low, high);
      this.#slots.set([low, high, 1], slot);
    }
  }

  has(low: number, high: number): boolean {
    return this.#slots[this.#find(low, high) + 2] === 1;
  }

  /** Where a label is, or would go. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    let i = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 7;
    for (;;) {
      const slot = (i & this.#mask) * 3;
      if (slots[slot + 2] === 0 || (slots[slot] === low && slots[slot + 1] === high)) return slot;
      i++;
    }
  }
}
