import type { RowGroup } from "@pocaduck/format";

/** Points `[start, end)` of a cloud are those of one block. */
export interface BlockRange {
  block: string;
  start: number;
  end: number;
}

interface Piece {
  group: RowGroup;
  start: number;
  end: number;
  at: number;
}

/** Bytes of row groups that may be kept until the ids of their blocks are asked for. */
const keptSize = 4 << 20;

/** The blocks of a cloud: of a small one decoded when asked for, since most callers want points alone. */
export class BlockRanges {
  #ranges: BlockRange[] = [];
  #pieces: Piece[] = [];
  #size = 0;
  #inOrder = true;

  /** Rows `[start, end)` of `group` are the points from `at` on. */
  add(group: RowGroup, start: number, end: number, at: number): void {
    this.#pieces.push({ group, start, end, at });
    this.#size += group.size;
    if (this.#size > keptSize) this.#decode();
  }

  /** Of all points, in their order. */
  all(): BlockRange[] {
    this.#decode();
    if (this.#inOrder) return this.#ranges;
    const joined: BlockRange[] = [];
    for (const range of this.#ranges.sort((a, b) => a.start - b.start)) {
      const last = joined.at(-1);
      if (last?.block === range.block) last.end = range.end;
      else joined.push(range);
    }
    this.#ranges = joined;
    this.#inOrder = true;
    return joined;
  }

  #decode(): void {
    const decoder = new TextDecoder();
    for (const { group, start, end, at } of this.#pieces) {
      const { entries, counts, length } = group.runs(1, start, end);
      const texts = group.dictionaryTexts(1);
      let from = at;
      for (let run = 0; run < length; run++) {
        const to = from + (counts[run] as number);
        const block = decoder.decode(texts[entries[run] as number]);
        this.#ranges.push({ block, start: from, end: to });
        this.#inOrder = false;
        from = to;
      }
    }
    this.#pieces = [];
    this.#size = 0;
  }
}
