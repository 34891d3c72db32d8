import { blockNumber, type Grid } from "@pocaduck/format";

/** Ids of blocks, such as a `Set` of them. */
export interface BlockIds {
  readonly size: number;
  has(block: string): boolean;
}

/** Bits of a page. */
const pageLength = 32_768;

/** Ids of blocks: a bit each where the dataset has a grid, their text where it has none. */
export class BlockSet implements BlockIds {
  readonly #grid: Grid | undefined;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #others = new Set<string>();
  #numbered = 0;

  constructor(grid: Grid | undefined) {
    this.#grid = grid;
  }

  get size(): number {
    return this.#numbered + this.#others.size;
  }

  has(block: string): boolean {
    const number = this.#number(block);
    if (number === undefined) return this.#others.has(block);
    const bit = number % pageLength;
    const bits = this.#pages.get((number - bit) / pageLength)?.[bit >> 3] ?? 0;
    return ((bits >> (bit & 7)) & 1) === 1;
  }

  add(block: string): void {
    const number = this.#number(block);
    if (number === undefined) this.#others.add(block);
    else if (!this.has(block)) {
      const bit = number % pageLength;
      const at = (number - bit) / pageLength;
      const page = this.#pages.get(at) ?? new Uint8Array(pageLength / 8);
      this.#pages.set(at, page);
      page[bit >> 3] = (page[bit >> 3] as number) | (1 << (bit & 7));
      this.#numbered++;
    }
  }

  #number(block: string): number | undefined {
    return this.#grid && blockNumber(this.#grid, block);
  }
}
