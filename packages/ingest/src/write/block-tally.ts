import type { CommittedBlock, CoordinateType } from "@pocaduck/format";
import { BlockDigest } from "./digest.ts";
import type { Growable } from "./growable.ts";
import type { PairBuffer } from "./pair-buffer.ts";

interface Tally {
  id: string;
  pairs: number;
  points: number;
  digest: BlockDigest;
  min: number[];
  max: number[];
}

const encoder = new TextEncoder();

/** The blocks of a commit, numbered as they come, and what was written of each. */
export class BlockTally {
  /** Block ids by number, for the encoder. */
  readonly texts: Uint8Array[] = [];
  readonly #tallies: Tally[] = [];
  readonly #numbers = new Map<string, number>();

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
    const [min, max]: [number[], number[]] = [[], []];
    this.#tallies.push({ id, pairs: 0, points: 0, digest: new BlockDigest(), min, max });
    this.texts.push(encoder.encode(id));
    this.#numbers.set(id, number);
    return number;
  }

  /** Counts rows `[start, start + count)` of `buffer`, those of one pair, whose digest is `rows`. */
  add(buffer: PairBuffer, pair: number, start: number, count: number, rows: number): void {
    const tally = this.#tallies[buffer.blocks.values[pair] as number] as Tally;
    const labels = buffer.labels.values;
    tally.pairs++;
    tally.points += count;
    tally.digest.add(labels[2 * pair] as number, labels[2 * pair + 1] as number, rows);
    for (let axis = 0; axis < buffer.coordinates.length; axis++) {
      const { values } = buffer.coordinates[axis] as Growable<CoordinateType>;
      if (values instanceof BigInt64Array) {
        const [least, greatest] = bounds64(values, start, start + count);
        widen(tally, axis, least, greatest);
      } else {
        let least = values[start] as number;
        let greatest = least;
        for (let row = start + 1; row < start + count; row++) {
          const value = values[row] as number;
          if (value < least) least = value;
          else if (value > greatest) greatest = value;
        }
        widen(tally, axis, least, greatest);
      }
    }
  }

  blocks(): CommittedBlock[] {
    return this.#tallies.map(({ id, pairs, points, digest, min, max }) => ({
      id,
      pairs,
      points,
      digest: String(digest),
      ...(points > 0 && { min, max }),
    }));
  }

  ids(): IterableIterator<string> {
    return this.#numbers.keys();
  }
}

function widen({ min, max }: Tally, axis: number, least: number, greatest: number): void {
  min[axis] = Math.min(min[axis] ?? least, least);
  max[axis] = Math.max(max[axis] ?? greatest, greatest);
}

/** Rounded outwards where a double can't hold them. */
function bounds64(values: BigInt64Array, start: number, end: number): [number, number] {
  let least = values[start] as bigint;
  let greatest = least;
  for (let row = start + 1; row < end; row++) {
    const value = values[row] as bigint;
    if (value < least) least = value;
    else if (value > greatest) greatest = value;
  }
  const low = Number(least);
  const high = Number(greatest);
  return [
    BigInt(low) > least ? low - Math.abs(low) * Number.EPSILON : low,
    BigInt(high) < greatest ? high + Math.abs(high) * Number.EPSILON : high,
  ];
}
