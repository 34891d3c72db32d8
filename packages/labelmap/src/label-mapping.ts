import { LabelmapError } from "./errors.ts";

/**
 * Which body each supervoxel belongs to; a supervoxel not in it is its own body. Grows by doubling, 21 to 43 bytes
 * per entry; `compact` makes that 22.
 */
export class LabelMapping {
  /** Four words per slot: supervoxel and body. A supervoxel of 0, which is never mapped, marks a free slot. */
  #slots: Uint32Array = new Uint32Array(4 * 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes that it holds. */
  get byteLength(): number {
    return this.#slots.byteLength;
  }

  set(supervoxel: bigint, body: bigint): void {
    const pair = BigUint64Array.of(supervoxel, body);
    const [low, high, bodyLow, bodyHigh] = new Uint32Array(pair.buffer);
    this.setWords(low ?? 0, high ?? 0, bodyLow ?? 0, bodyHigh ?? 0);
  }

  /** The last entry of a supervoxel wins; 0 stays 0 whatever is said of it. */
  setWords(low: number, high: number, bodyLow: number, bodyHigh: number): void {
    if ((low | high) === 0) return;
    if (16 * (this.#size + 1) > 3 * this.#slots.length) this.#resize(this.#slots.length / 2);
    const at = this.#slot(low, high);
    if ((this.#slots[at] as number) === 0 && (this.#slots[at + 1] as number) === 0) this.#size++;
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
    this.#slots[at + 2] = bodyLow;
    this.#slots[at + 3] = bodyHigh;
  }

  /** The body; 0 for a supervoxel that is retired. */
  get(supervoxel: bigint): bigint {
    return this.map(BigUint64Array.of(supervoxel))[0] as bigint;
  }

  /** The bodies of a block's label table, in its order. */
  map(supervoxels: BigUint64Array): BigUint64Array {
    const bodies = supervoxels.slice();
    const words = new Uint32Array(bodies.buffer);
    const slots = this.#slots;
    for (let word = 0; word < words.length; word += 2) {
      const at = this.#slot(words[word] as number, words[word + 1] as number);
      if ((slots[at] as number) === 0 && (slots[at + 1] as number) === 0) continue;
      words[word] = slots[at + 2] as number;
      words[word + 1] = slots[at + 3] as number;
    }
    return bodies;
  }

  /** In no particular order. */
  *entries(): Generator<[supervoxel: bigint, body: bigint]> {
    const slots = new BigUint64Array(this.#slots.buffer);
    for (let at = 0; at < slots.length; at += 2) {
      const supervoxel = slots[at] as bigint;
      if (supervoxel !== 0n) yield [supervoxel, slots[at + 1] as bigint];
    }
  }

  /** All that are in it, ascending. */
  supervoxels(): BigUint64Array {
    const slots = new BigUint64Array(this.#slots.buffer);
    const found = new BigUint64Array(this.#size);
    let count = 0;
    for (let at = 0; at < slots.length; at += 2) {
      const supervoxel = slots[at] as bigint;
      if (supervoxel !== 0n) found[count++] = supervoxel;
    }
    return found.sort();
  }

  /** Gives back the room that it grew into. It may grow again. */
  compact(): void {
    const slots = Math.max(16, Math.ceil((4 * (this.#size + 1)) / 3));
    if (4 * slots < this.#slots.length) this.#resize(slots);
  }

  /** Where the supervoxel is, or the free slot where it would be. */
  #slot(low: number, high: number): number {
    const slots = this.#slots;
    const count = slots.length / 4;
    let mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    const spread = (mixed ^ (mixed >>> 16)) >>> 0;
    for (
      let slot = Math.floor((spread / 2 ** 32) * count);
      ;
      slot = slot + 1 === count ? 0 : slot + 1
    ) {
      const at = 4 * slot;
      const slotLow = slots[at] as number;
      const slotHigh = slots[at + 1] as number;
      if ((slotLow === low && slotHigh === high) || (slotLow | slotHigh) === 0) return at;
    }
  }

  #resize(slots: number): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(4 * slots);
    for (let from = 0; from < old.length; from += 4) {
      const low = old[from] as number;
      const high = old[from + 1] as number;
      if ((low | high) !== 0) this.#slots.set(old.subarray(from, from + 4), this.#slot(low, high));
    }
  }
}

/** Collects the pairs of `mappings?format=binary`, however the bytes are cut. */
export class MappingReader {
  readonly mapping: LabelMapping = new LabelMapping();
  readonly #pending: Uint8Array = new Uint8Array(16);
  readonly #last: Uint8Array = new Uint8Array(16);
  #held = 0;

  push(bytes: Uint8Array): void {
    let from = 0;
    if (this.#held > 0) {
      from = Math.min(16 - this.#held, bytes.length);
      this.#pending.set(bytes.subarray(0, from), this.#held);
      this.#held += from;
      if (this.#held < 16) return;
      this.#add(this.#pending);
      this.#held = 0;
    }
    const whole = bytes.length - ((bytes.length - from) % 16);
    this.#add(bytes.subarray(from, whole));
    this.#pending.set(bytes.subarray(whole));
    this.#held = bytes.length - whole;
  }

  /**
   * @throws {LabelmapError} `corrupt` when the last pair is not whole, as an error text after the data makes it, or is
   * itself 16 characters of ASCII, as two ids above 2^61 could be and are not.
   */
  finish(): LabelMapping {
    this.mapping.compact();
    if (this.#held === 0 && !this.#last.every(isText)) return this.mapping;
    const end = this.#held === 0 ? this.#last : this.#pending.subarray(0, this.#held);
    const text = new TextDecoder().decode(end);
    throw new LabelmapError("corrupt", `mapping ends with ${JSON.stringify(text)}`);
  }

  #add(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const word = (at: number): number => view.getUint32(at, true);
    for (let at = 0; at < bytes.length; at += 16) {
      this.mapping.setWords(word(at), word(at + 4), word(at + 8), word(at + 12));
    }
    if (bytes.length > 0) this.#last.set(bytes.subarray(-16));
  }
}

/** Printable, or the end of a line. */
function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13;
}
