import { bitWidth } from "./constants.ts";
import type { Scratch } from "./scratch.ts";

/** Equal neighbours of a dictionary column: `counts[i]` rows of dictionary entry `entries[i]`. */
export interface EntryRuns {
  entries: Int32Array;
  counts: Int32Array;
  length: number;
}

/** Where in its runs a column's next page starts. */
export interface RunCursor {
  run: number;
  /** Rows of that run that earlier pages took. */
  taken: number;
}

/**
 * The RLE_DICTIONARY page of the next `rows` rows, in run-length runs only: our columns are sorted or
 * repeat, and bit-packed groups came out larger. Moves `cursor` on; returns the bytes written to `out`.
 */
export function encodeRuns(
  runs: EntryRuns,
  cursor: RunCursor,
  rows: number,
  dictionaryLength: number,
  out: Scratch,
): number {
  const width = bitWidth(dictionaryLength);
  const valueSize = (width + 7) >> 3;
  out.reserve(rows * 5 + 64);
  const { bytes } = out;
  let at = 0;
  bytes[at++] = width;
  for (let left = rows; left > 0; ) {
    const available = (runs.counts[cursor.run] as number) - cursor.taken;
    const count = Math.min(available, left);
    let header = count * 2;
    while (header > 127) {
      bytes[at++] = (header & 127) | 128;
      header >>>= 7;
    }
    bytes[at++] = header;
    let entry = runs.entries[cursor.run] as number;
    for (let byte = 0; byte < valueSize; byte++) {
      bytes[at++] = entry & 255;
      entry >>>= 8;
    }
    left -= count;
    if (count === available) {
      cursor.run++;
      cursor.taken = 0;
    } else {
      cursor.taken += count;
    }
  }
  return at;
}
