import type { KeyValues } from "./parquet/footer.ts";
import { type DecodedText, decodeAt } from "./short-text.ts";

/** Keys of ours begin so; both navis lines skip every key that begins with an underscore. */
export const PRIVATE = "_neuron-parquet:";

const COLON = 58;
const UNDERSCORE = 95;
const encoder = new TextEncoder();
const privateBytes = encoder.encode(PRIVATE);

export interface Property {
  readonly name: string;
  readonly value: DecodedText;
  /** Under our own prefix, for what navis cannot hold. */
  readonly isPrivate: boolean;
}

/** Which key of a footer belongs to which neuron. */
export interface Keys {
  /** Pairs of no known id, and pairs of the file as a whole. */
  readonly foreign: readonly number[];
  readonly fileLevel: readonly number[];
  /** Ids that have a key `id`, in the footer's order, as text. */
  ids(): Iterable<string>;
  /** Whether a key `id` belongs to the id of this text. */
  has(id: string): boolean;
  properties(id: string): Property[];
  /** Of the pairs in `foreign` and `fileLevel`. */
  key(pair: number): string;
  value(pair: number): DecodedText;
}

/**
 * The keys `ID:PROPERTY` of navis.
 * Works on bytes and number arrays, so that 140,000 neurons cost no object each: ids are found by hash, the keys of one id
 * are linked through `#next`. A key goes to the longest known id that is followed by a colon.
 */
export class KeyIndex implements Keys {
  readonly #bytes: Uint8Array;
  readonly #ranges: Uint32Array;
  /** Hash table: pair that names the id, plus one. The id is that pair's value. */
  #slots: Int32Array = new Int32Array(16);
  /** First pair of each id, by the pair that names it, plus one; then the next pair of the same id. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #naming: number[] = [];
  readonly foreign: number[] = [];
  readonly fileLevel: number[] = [];

  constructor({ bytes, ranges }: KeyValues) {
    this.#bytes = bytes;
    this.#ranges = ranges;
    const pairs = ranges.length / 4;
    this.#first = new Int32Array(pairs);
    this.#next = new Int32Array(pairs);
    for (let pair = 0; pair < pairs; pair++) if (this.#namesId(pair)) this.#naming.push(pair);
    this.#fill();
    // Backwards, so that each list comes out in the footer's order.
    for (let pair = pairs - 1; pair >= 0; pair--) this.#assign(pair);
    this.foreign.reverse();
    this.fileLevel.reverse();
  }

  *ids(): Generator<string> {
    for (const pair of this.#naming) yield this.value(pair).text;
  }

  key(pair: number): string {
    return decodeAt(this.#bytes, this.#ranges, pair * 4).text;
  }

  value(pair: number): DecodedText {
    return decodeAt(this.#bytes, this.#ranges, pair * 4 + 2);
  }

  has(id: string): boolean {
    return this.#pairNaming(id) >= 0 || this.#unnamed(id).some(({ name }) => name === "id");
  }

  /** In the footer's order. */
  properties(id: string): Property[] {
    const out: Property[] = [];
    const naming = this.#pairNaming(id);
    if (naming < 0) return this.#unnamed(id);
    for (let pair = (this.#first[naming] as number) - 1; pair >= 0; ) {
      const key = this.key(pair);
      const isPrivate = key.startsWith(PRIVATE);
      const name = key.slice(id.length + 1 + (isPrivate ? PRIVATE.length : 0));
      out.push({ name, value: this.value(pair), isPrivate });
      pair = (this.#next[pair] as number) - 1;
    }
    return out;
  }

  /** Keys of an id that no `ID:id` key names: those nobody else claims and that begin with it. */
  #unnamed(id: string): Property[] {
    return this.foreign.flatMap((pair) => {
      const key = this.key(pair);
      const isPrivate = key.startsWith(PRIVATE);
      const rest = isPrivate ? key.slice(PRIVATE.length) : key;
      return rest.startsWith(`${id}:`)
        ? [{ name: rest.slice(id.length + 1), value: this.value(pair), isPrivate }]
        : [];
    });
  }

  #pairNaming(id: string): number {
    const bytes = encoder.encode(id);
    return this.#find(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
  }

  #namesId(pair: number): boolean {
    const keyStart = this.#ranges[pair * 4] as number;
    const keyEnd = this.#ranges[pair * 4 + 1] as number;
    const start = this.#ranges[pair * 4 + 2] as number;
    const length = (this.#ranges[pair * 4 + 3] as number) - start;
    const bytes = this.#bytes;
    if (keyEnd - keyStart !== length + 3) return false;
    if (bytes[keyEnd - 3] !== COLON || bytes[keyEnd - 2] !== 105 || bytes[keyEnd - 1] !== 100)
      return false;
    return same(bytes, keyStart, bytes, start, length);
  }

  #fill(): void {
    let size = 16;
    while (size < this.#naming.length * 2) size *= 2;
    this.#slots = new Int32Array(size);
    for (const pair of this.#naming) {
      const start = this.#ranges[pair * 4 + 2] as number;
      const end = this.#ranges[pair * 4 + 3] as number;
      let slot = hashOf(this.#bytes, start, end) & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = pair + 1;
    }
  }

  /** The pair that names the id `bytes[start, end)`, or -1. */
  #find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const size = this.#slots.length;
    for (let slot = hash & (size - 1); this.#slots[slot] !== 0; slot = (slot + 1) & (size - 1)) {
      const pair = (this.#slots[slot] as number) - 1;
      const from = this.#ranges[pair * 4 + 2] as number;
      const length = (this.#ranges[pair * 4 + 3] as number) - from;
      if (length === end - start && same(this.#bytes, from, bytes, start, length)) return pair;
    }
    return -1;
  }

  #assign(pair: number): void {
    const bytes = this.#bytes;
    let start = this.#ranges[pair * 4] as number;
    const end = this.#ranges[pair * 4 + 1] as number;
    const isPrivate = same(bytes, start, privateBytes, 0, privateBytes.length);
    if (isPrivate) start += privateBytes.length;
    let naming = -1;
    let colons = 0;
    let hash = HASH_START;
    for (let at = start; at < end; at++) {
      if (bytes[at] === COLON) {
        colons++;
        const found = this.#find(bytes, start, at, hash);
        if (found >= 0) naming = found;
      }
      hash = hashStep(hash, bytes[at] as number);
    }
    if (naming >= 0) {
      this.#next[pair] = this.#first[naming] as number;
      this.#first[naming] = pair + 1;
    } else if (
      isPrivate ||
      bytes[start] === UNDERSCORE ||
      colons === 0 ||
      this.#isArrow(start, end)
    ) {
      this.fileLevel.push(pair);
      if (isPrivate && colons > 0) this.foreign.push(pair);
    } else this.foreign.push(pair);
  }

  #isArrow(start: number, end: number): boolean {
    return end - start === ARROW.length && same(this.#bytes, start, ARROW, 0, ARROW.length);
  }
}

const ARROW = encoder.encode("ARROW:schema");
const HASH_START = 0x811c9dc5;

/** FNV-1a. */
function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let at = start; at < end; at++) hash = hashStep(hash, bytes[at] as number);
  return hash;
}

function same(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
