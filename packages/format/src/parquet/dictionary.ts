import type { EntryRuns } from "./runs-encode.ts";
import { Scratch } from "./scratch.ts";

/** The dictionary and the runs of one column chunk, ready to be laid down. */
export interface EncodedRuns {
  runs: EntryRuns;
  /** Entries in the dictionary. */
  dictionaryLength: number;
  /** Bytes of {@link DictionaryBuilder.page} that hold them. */
  pageSize: number;
}

/** Finds the distinct values of a column chunk; kept from chunk to chunk, so that nothing is allocated anew. */
export class DictionaryBuilder {
  /** The PLAIN dictionary page of the last column built. */
  readonly page: Scratch = new Scratch();
  #runs: EntryRuns = { entries: new Int32Array(0), counts: new Int32Array(0), length: 0 };
  #slots = new Int32Array(0);
  #generations = new Int32Array(0);
  #generation = 0;

  /** Of 64-bit values as pairs of 32-bit words, low first; `counts` of each, 1 when absent. */
  fromWords(words: Uint32Array, length: number, counts?: Int32Array): EncodedRuns {
    this.#begin(length, 2 * length);
    this.page.reserve(length * 8);
    const { entries, counts: runCounts } = this.#runs;
    const { view } = this.page;
    const slots = this.#slots;
    const generations = this.#generations;
    const generation = this.#generation;
    const mask = slots.length - 1;
    let runs = 0;
    let distinct = 0;
    for (let i = 0; i < length; ) {
      const low = words[2 * i] as number;
      const high = words[2 * i + 1] as number;
      const start = i++;
      while (i < length && words[2 * i] === low && words[2 * i + 1] === high) i++;
      let count = i - start;
      if (counts) {
        count = 0;
        for (let at = start; at < i; at++) count += counts[at] as number;
      }
      let slot = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
      slot = (slot ^ (slot >>> 15)) & mask;
      let entry = 0;
      for (; ; slot = (slot + 1) & mask) {
        if (generations[slot] !== generation) {
          generations[slot] = generation;
          entry = distinct++;
          slots[slot] = entry;
          view.setUint32(entry * 8, low, true);
          view.setUint32(entry * 8 + 4, high, true);
          break;
        }
        entry = slots[slot] as number;
        if (
          view.getUint32(entry * 8, true) === low &&
          view.getUint32(entry * 8 + 4, true) === high
        ) {
          break;
        }
      }
      entries[runs] = entry;
      runCounts[runs++] = count;
    }
    this.#runs.length = runs;
    return { runs: this.#runs, dictionaryLength: distinct, pageSize: distinct * 8 };
  }

  /** Of texts by their ids; `counts` of each, 1 when absent. */
  fromTexts(
    ids: Int32Array,
    texts: readonly Uint8Array[],
    length: number,
    counts?: Int32Array,
  ): EncodedRuns {
    this.#begin(length, texts.length);
    const { entries, counts: runCounts } = this.#runs;
    const used: Uint8Array[] = [];
    let runs = 0;
    let size = 0;
    for (let i = 0; i < length; i++) {
      const id = ids[i] as number;
      const count = counts ? (counts[i] as number) : 1;
      if (i > 0 && id === ids[i - 1]) {
        runCounts[runs - 1] = (runCounts[runs - 1] as number) + count;
        continue;
      }
      if (this.#generations[id] !== this.#generation) {
        const text = texts[id];
        if (!text) throw new RangeError(`Expected an id below ${texts.length}, got ${id}`);
        this.#generations[id] = this.#generation;
        this.#slots[id] = used.length;
        used.push(text);
        size += 4 + text.length;
      }
      entries[runs] = this.#slots[id] as number;
      runCounts[runs++] = count;
    }
    this.page.reserve(size);
    let at = 0;
    for (const text of used) {
      this.page.view.setUint32(at, text.length, true);
      this.page.bytes.set(text, at + 4);
      at += 4 + text.length;
    }
    this.#runs.length = runs;
    return { runs: this.#runs, dictionaryLength: used.length, pageSize: size };
  }

  #begin(runs: number, slots: number): void {
    if (this.#runs.entries.length < runs) {
      this.#runs = { entries: new Int32Array(runs), counts: new Int32Array(runs), length: 0 };
    }
    if (this.#slots.length < slots) {
      const size = 2 ** Math.ceil(Math.log2(slots + 1));
      this.#slots = new Int32Array(size);
      this.#generations = new Int32Array(size);
      this.#generation = 0;
    }
    this.#generation++;
  }
}
