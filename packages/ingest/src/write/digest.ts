import { crc32, type NumericType } from "@pocaduck/format";
import { Growable } from "./growable.ts";

/** Rows from which the runtime's CRC-32 is faster than mixing in JavaScript. */
const many = 192;

/** A column to digest; of a text column `sums` gives what stands for each of its numbers. */
export interface DigestColumn {
  column: Growable<NumericType>;
  sums?: readonly number[];
}

/** Of rows in raster order: equal rows give equal digests. A 32-bit integer. */
export function digestRows(columns: readonly DigestColumn[], start: number, count: number): number {
  let digest = count | 0;
  for (const { column, sums } of columns) {
    const { cells, width } = column;
    if (!sums && count >= many) {
      const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = cells;
      const bytes = new Uint8Array(buffer, byteOffset + start * width * size, count * width * size);
      digest = crc32(bytes, digest >>> 0) | 0;
      continue;
    }
    // A sum of what each cell gives at its place: no step waits for the one before it.
    let sum = 0;
    let place = 0;
    for (let at = start * width; at < (start + count) * width; at++) {
      const cell = cells[at] as number;
      place = (place + 0x61c88647) | 0;
      const mixed = Math.imul((sums ? (sums[cell] as number) : cell) ^ place, 0x85ebca6b);
      sum = (sum + (mixed ^ (mixed >>> 15))) | 0;
    }
    digest = mix(digest, sum);
  }
  return digest;
}

/** Of blocks by number: sums over their pairs, whatever the order of these. */
export class BlockDigests {
  readonly #low = new Growable("int32");
  readonly #high = new Growable("int32");

  reserve(length: number, used: number): void {
    this.#low.reserve(length, used);
    this.#high.reserve(length, used);
  }

  add(block: number, labelLow: number, labelHigh: number, rows: number): void {
    const low = this.#low.values;
    const high = this.#high.values;
    low[block] = (low[block] as number) + mix(mix(rows, labelLow), labelHigh);
    high[block] = (high[block] as number) + mix(mix(labelHigh, rows), labelLow ^ 0x5bd1e995);
  }

  /** Sixteen hex digits. */
  text(block: number): string {
    return [this.#high, this.#low]
      .map(({ values }) => ((values[block] as number) >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}

function mix(digest: number, value: number): number {
  const mixed = Math.imul(digest ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
