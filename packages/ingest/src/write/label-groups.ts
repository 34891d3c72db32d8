/** The rows of a block by label: stable, labels in order of first appearance. */
export interface LabelGroups {
  /** Labels as 32-bit words, low first. */
  words: Uint32Array;
  /** Rows of each. */
  counts: Int32Array;
  /** Labels in the block. */
  length: number;
  /** Runs of rows with one label: which label, and how many rows. */
  runLabels: Int32Array;
  runCounts: Int32Array;
  runs: number;
}

/**
 * Groups rows by label over runs of equal neighbours, which are long in a scanned volume. Its arrays
 * are reused by the next call.
 */
export class LabelGrouper {
  #groups: LabelGroups = emptyGroups(1024, 4096);
  /** Four a label there is room for. */
  #slots = new Int32Array(4096).fill(-1);

  group(labels: Uint32Array): LabelGroups {
    const rows = labels.length / 2;
    let groups = this.#groups;
    groups.length = 0;
    groups.runs = 0;
    this.#slots.fill(-1);
    for (let row = 0; row < rows; ) {
      const low = labels[2 * row] as number;
      const high = labels[2 * row + 1] as number;
      let end = row + 1;
      while (end < rows && labels[2 * end] === low && labels[2 * end + 1] === high) end++;
      const full = groups.length === groups.counts.length;
      if (full || groups.runs === groups.runLabels.length) {
        groups = this.#grow();
      }
      const label = this.#find(groups, low, high);
      groups.counts[label] = (groups.counts[label] as number) + end - row;
      groups.runLabels[groups.runs] = label;
      groups.runCounts[groups.runs++] = end - row;
      row = end;
    }
    return groups;
  }

  #find(groups: LabelGroups, low: number, high: number): number {
    const slots = this.#slots;
    const { words } = groups;
    for (
      let slot = hash(low, high) & (slots.length - 1);
      ;
      slot = (slot + 1) & (slots.length - 1)
    ) {
      const label = slots[slot] as number;
      if (label < 0) {
        const added = groups.length++;
        slots[slot] = added;
        words[2 * added] = low;
        words[2 * added + 1] = high;
        groups.counts[added] = 0;
        return added;
      }
      if (words[2 * label] === low && words[2 * label + 1] === high) return label;
    }
  }

  #grow(): LabelGroups {
    const old = this.#groups;
    const grown = emptyGroups(old.counts.length * 2, old.runLabels.length * 2);
    grown.words.set(old.words);
    grown.counts.set(old.counts);
    grown.runLabels.set(old.runLabels);
    grown.runCounts.set(old.runCounts);
    grown.length = old.length;
    grown.runs = old.runs;
    this.#groups = grown;
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let label = 0; label < grown.length; label++) {
      let slot = hash(grown.words[2 * label] as number, grown.words[2 * label + 1] as number);
      slot &= this.#slots.length - 1;
      while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = label;
    }
    return grown;
  }
}

/** Spreads 64-bit keys over a power of two. */
export function hash(low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function emptyGroups(labels: number, runs: number): LabelGroups {
  return {
    words: new Uint32Array(labels * 2),
    counts: new Int32Array(labels),
    length: 0,
    runLabels: new Int32Array(runs),
    runCounts: new Int32Array(runs),
    runs: 0,
  };
}
