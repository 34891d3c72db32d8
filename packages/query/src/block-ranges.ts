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
}

/** Bytes of row groups that may be kept until the ids of their blocks are asked for. */
const keptSize = 4 << 20;

/** The blocks of a cloud: of a small one decoded when asked for, since most callers want points alone. */
export class BlockRanges {
  readonly #ranges: BlockRange[] = [];
  #pieces: Piece[] = [];
  #size = 0;
  #length = 0;

  /** Rows `[start, end)` of `group` are the next points. */
  add(group: RowGroup, start: number, end: number): void {
    this.#pieces.push({ group, start, end });
    this.#size += group.size;
    if (this.#size > keptSize) this.#decode();
  }

  all(): BlockRange[] {
    this.#decode();
    return this.#ranges;
  }

  #decode(): void {
    const decoder = new TextDecoder();
    for (const { group, start, end } of this.#pieces) {
      const { entries, counts, length } = group.runs(1, start, end);
      const texts = group.dictionaryTexts(1);
      for (let run = 0; run < length; run++) {
        const block = decoder.decode(texts[entries[run] as number]);
        const last = this.#ranges.at(-1);
        const from = this.#length;
        this.#length += counts[run] as number;
        if (last?.block === block) last.end = this.#length;
        else this.#ranges.push({ block, start: from, end: this.#length });
      }
    }
    this.#pieces = [];
    this.#size = 0;
  }
}
