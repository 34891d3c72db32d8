import type { CommittedBlock } from "@pocaduck/format";
import type { Box } from "./box.ts";
import { BlockDigest } from "./digest.ts";
import type { PairBuffer } from "./pair-buffer.ts";

interface Tally {
  id: string;
  pairs: number;
  points: number;
  digest: BlockDigest;
  min: Float64Array;
  max: Float64Array;
}

const encoder = new TextEncoder();

/** The blocks of a commit, numbered as they come, and what was written of each. */
export class BlockTally {
  /** Block ids by number, for the encoder. */
  readonly texts: Uint8Array[] = [];
  readonly #tallies: Tally[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #axes: number;

  constructor(axes: number) {
    this.#axes = axes;
  }

  get length(): number {
    return this.#tallies.length;
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  /** Of a block, known or new. */
  number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#tallies.length;
    const min = new Float64Array(this.#axes).fill(Number.POSITIVE_INFINITY);
    const max = new Float64Array(this.#axes).fill(Number.NEGATIVE_INFINITY);
    this.#tallies.push({ id, pairs: 0, points: 0, digest: new BlockDigest(), min, max });
    this.texts.push(encoder.encode(id));
    this.#numbers.set(id, number);
    return number;
  }

  /** Counts `count` points of a pair, which lie in `box` and whose digest is `rows`. */
  add({ blocks, labels }: PairBuffer, pair: number, count: number, box: Box, rows: number): void {
    const tally = this.#tallies[blocks.values[pair] as number] as Tally;
    tally.pairs++;
    tally.points += count;
    const low = labels.values[2 * pair] as number;
    tally.digest.add(low, labels.values[2 * pair + 1] as number, rows);
    box.widen(tally.min, tally.max);
  }

  blocks(): CommittedBlock[] {
    return this.#tallies.map(({ id, pairs, points, digest, min, max }) => ({
      id,
      pairs,
      points,
      digest: String(digest),
      ...(points > 0 && { min: [...min], max: [...max] }),
    }));
  }

  ids(): IterableIterator<string> {
    return this.#numbers.keys();
  }
}
