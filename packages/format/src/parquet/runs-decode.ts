import type { EntryRuns } from "./runs-encode.ts";

/**
 * Appends the runs that cover rows `[start, end)` of an RLE_DICTIONARY page to `into`, which has room for
 * `end - start` more. Takes run-length runs only, as we write them. Malformed bytes throw a RangeError.
 */
export function decodeRuns(
  bytes: Uint8Array,
  dictionaryLength: number,
  start: number,
  end: number,
  into: EntryRuns,
): void {
  const width = bytes[0] ?? 0;
  if (width > 24) throw new RangeError(`a dictionary index of ${width} bits`);
  const entryBits = (width + 7) & ~7;
  const { entries, counts } = into;
  let runs = into.length;
  let at = 1;
  for (let row = 0; row < end; ) {
    // A read past the end gives undefined, which the operators below take for 0: the check comes after.
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      header |= (byte & 127) << shift;
      if (byte < 128 || at > bytes.length) break;
      if (shift > 20) throw new RangeError("a run longer than a page");
    }
    let entry = 0;
    for (let shift = 0; shift < entryBits; shift += 8) entry |= (bytes[at++] as number) << shift;
    if (at > bytes.length) throw new RangeError("runs that end before their rows do");
    if (header === 0 || (header & 1) !== 0) throw new RangeError("a run that is not run-length");
    if (entry >= dictionaryLength) throw new RangeError("an index outside the dictionary");
    const next = row + (header >>> 1);
    if (next > start) {
      entries[runs] = entry;
      counts[runs++] = Math.min(next, end) - Math.max(row, start);
    }
    row = next;
  }
  into.length = runs;
}
