import type { NeuronId } from "./model.ts";
import type { Column } from "./parquet/footer.ts";

/** Numbers ids from 0 in the order in which they come. */
export interface IdIndex {
  readonly size: number;
  /** The id's number, or -1. */
  find(id: NeuronId): number;
  /** The id's number, a new one if it has none. */
  add(id: NeuronId): number;
  at(index: number): NeuronId;
}

/** For the ids of `column`; without one, for any. */
export function idsOf(column: Column | undefined): IdIndex {
  return column?.type === "INT32" || column?.type === "INT64"
    ? new IntegerIds(column.annotation === "unsigned")
    : new AnyIds();
}

const SMALLEST = 16;

/** Integers of 64 bits: a hash table and an array of numbers, so that 140,000 ids make no object each. */
class IntegerIds implements IdIndex {
  readonly #unsigned: boolean;
  /** Low and high half of each id, unsigned ones by the same bits. */
  #halves: Int32Array = new Int32Array(SMALLEST * 2);
  /** Number of an id, plus one; twice as many as there is room for ids. */
  #slots: Int32Array = new Int32Array(SMALLEST * 2);
  readonly #one = new BigInt64Array(1);
  readonly #oneHalves = new Int32Array(this.#one.buffer);
  #size = 0;

  constructor(unsigned: boolean) {
    this.#unsigned = unsigned;
  }

  get size(): number {
    return this.#size;
  }

  find(id: NeuronId): number {
    if (!this.#fits(id)) return -1;
    this.#one[0] = id;
    return (this.#slots[this.#slot()] as number) - 1;
  }

  add(id: NeuronId): number {
    if (!this.#fits(id)) throw new RangeError(`Expected \`id\` to be of 64 bits, got ${id}`);
    this.#one[0] = id;
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const slot = this.#slot();
    const known = this.#slots[slot] as number;
    if (known > 0) return known - 1;
    this.#halves[this.#size * 2] = this.#oneHalves[0] as number;
    this.#halves[this.#size * 2 + 1] = this.#oneHalves[1] as number;
    this.#slots[slot] = ++this.#size;
    return this.#size - 1;
  }

  at(index: number): NeuronId {
    this.#take(index);
    const id = this.#one[0] as bigint;
    return this.#unsigned ? BigInt.asUintN(64, id) : id;
  }

  #fits(id: NeuronId): id is bigint {
    if (typeof id !== "bigint") return false;
    return id === (this.#unsigned ? BigInt.asUintN(64, id) : BigInt.asIntN(64, id));
  }

  #take(index: number): void {
    this.#oneHalves[0] = this.#halves[index * 2] as number;
    this.#oneHalves[1] = this.#halves[index * 2 + 1] as number;
  }

  /** Where the id in `#one` is, or would be put. */
  #slot(): number {
    const [low, high] = this.#oneHalves as unknown as [number, number];
    const last = this.#slots.length - 1;
    const hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
    for (let slot = (hash ^ (hash >>> 15)) & last; ; slot = (slot + 1) & last) {
      const known = (this.#slots[slot] as number) - 1;
      if (known < 0) return slot;
      if (this.#halves[known * 2] === low && this.#halves[known * 2 + 1] === high) return slot;
    }
  }

  #grow(): void {
    const wanted = this.#one[0] as bigint;
    const halves = new Int32Array(this.#halves.length * 2);
    halves.set(this.#halves);
    this.#halves = halves;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#size; index++) {
      this.#take(index);
      this.#slots[this.#slot()] = index + 1;
    }
    this.#one[0] = wanted;
  }
}

/** Texts and floats. */
class AnyIds implements IdIndex {
  readonly #ids: NeuronId[] = [];
  readonly #indexes = new Map<NeuronId, number>();

  get size(): number {
    return this.#ids.length;
  }

  find(id: NeuronId): number {
    return this.#indexes.get(id) ?? -1;
  }

  add(id: NeuronId): number {
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    this.#indexes.set(id, this.#ids.length);
    return this.#ids.push(id) - 1;
  }

  at(index: number): NeuronId {
    return this.#ids[index] as NeuronId;
  }
}
