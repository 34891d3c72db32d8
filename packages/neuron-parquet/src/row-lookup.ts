import type { NodeId, NodeIds } from "./model.ts";

/** Finds the first row of a node id; a hash table of numbers, since a `Map` of ten million ids takes a gigabyte. */
export class RowLookup {
  readonly #halves: Int32Array;
  readonly #isWide: boolean;
  /** Row of an id, plus one. */
  readonly #slots: Int32Array;
  readonly #one = new BigInt64Array(1);
  readonly #oneHalves = new Int32Array(this.#one.buffer);

  constructor(ids: NodeIds) {
    this.#isWide = !(ids instanceof Int32Array);
    const { buffer, byteOffset, length } = ids;
    this.#halves = new Int32Array(buffer, byteOffset, this.#isWide ? length * 2 : length);
    let size = 16;
    while (size < length * 2) size *= 2;
    this.#slots = new Int32Array(size);
    for (let row = 0; row < length; row++) {
      const slot = this.#slot(this.#low(row), this.#high(row));
      if (this.#slots[slot] === 0) this.#slots[slot] = row + 1;
    }
  }

  /** -1 where no node has the id. */
  rowOf(id: NodeId): number {
    this.#one[0] = BigInt.asIntN(64, BigInt(id));
    const [low, high] = this.#oneHalves as unknown as [number, number];
    if (!this.#isWide && high !== low >> 31) return -1;
    return (this.#slots[this.#slot(low, high)] as number) - 1;
  }

  /** The same for the id at `row` of an array of the same type as the table's. */
  rowOfAt(ids: NodeIds, row: number): number {
    if (ids instanceof Int32Array) {
      const low = ids[row] as number;
      return (this.#slots[this.#slot(low, low >> 31)] as number) - 1;
    }
    return this.rowOf(ids[row] as bigint);
  }

  #low(row: number): number {
    return this.#halves[this.#isWide ? row * 2 : row] as number;
  }

  #high(row: number): number {
    return this.#isWide ? (this.#halves[row * 2 + 1] as number) : this.#low(row) >> 31;
  }

  #slot(low: number, high: number): number {
    const last = this.#slots.length - 1;
    const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
    for (let slot = (mixed ^ (mixed >>> 15)) & last; ; slot = (slot + 1) & last) {
      const row = (this.#slots[slot] as number) - 1;
      if (row < 0 || (this.#low(row) === low && this.#high(row) === high)) return slot;
    }
  }
}
