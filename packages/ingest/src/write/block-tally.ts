import type { CommittedBlock } from "@pocaduck/format";
import type { Box } from "./box.ts";
import { BlockDigests } from "./digest.ts";
import { Growable } from "./growable.ts";
import type { PairBuffer } from "./pair-buffer.ts";

const encoder = new TextEncoder();

/** The blocks of a commit, numbered as they come, and what was written of each: column by column, for they are many. */
export class BlockTally {
  /** Block ids by number, for the encoder. */
  readonly texts: Uint8Array[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #axes: number;
  readonly #pairs = new Growable("uint32");
  readonly #points = new Growable("float64");
  readonly #digests = new BlockDigests();
  /** The least of each axis, then the greatest of each. */
  readonly #boxes = new Growable("float64");

  constructor(axes: number) {
    this.#axes = axes;
  }

  get length(): number {
    return this.texts.length;
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  /** Of a block, known or new. */
  number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.length;
    const axes = this.#axes;
    this.#pairs.reserve(number + 1, number);
    this.#points.reserve(number + 1, number);
    this.#digests.reserve(number + 1, number);
    this.#boxes.reserve((number + 1) * 2 * axes, number * 2 * axes);
    const box = this.#boxes.values.subarray(number * 2 * axes, (number + 1) * 2 * axes);
    box.fill(Number.POSITIVE_INFINITY, 0, axes).fill(Number.NEGATIVE_INFINITY, axes);
    this.texts.push(encoder.encode(id));
    this.#numbers.set(id, number);
    return number;
  }

  /** Counts `count` points of a pair, which lie in `box` and whose digest is `rows`. */
  add({ blocks, labels }: PairBuffer, pair: number, count: number, box: Box, rows: number): void {
    const block = blocks.values[pair] as number;
    const low = labels.values[2 * pair] as number;
    this.#pairs.values[block] = (this.#pairs.values[block] as number) + 1;
    this.#points.values[block] = (this.#points.values[block] as number) + count;
    this.#digests.add(block, low, labels.values[2 * pair + 1] as number, rows);
    box.widen(this.#boxes.values, block * 2 * this.#axes);
  }

  blocks(): CommittedBlock[] {
    const axes = this.#axes;
    return Array.from(this.#numbers, ([id, number]) => {
      const points = this.#points.values[number] as number;
      const box = [...this.#boxes.values.subarray(number * 2 * axes, (number + 1) * 2 * axes)];
      return {
        id,
        pairs: this.#pairs.values[number] as number,
        points,
        digest: this.#digests.text(number),
        ...(points > 0 && { min: box.slice(0, axes), max: box.slice(axes) }),
      };
    });
  }

  ids(): IterableIterator<string> {
    return this.#numbers.keys();
  }
}
