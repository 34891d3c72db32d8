import { ByteReader } from "../varint.ts";
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
  const reader = new ByteReader(bytes);
  const width = reader.byte();
  if (width > 24) throw new RangeError(`a dictionary index of ${width} bits`);
  const valueSize = (width + 7) >> 3;
  for (let row = 0; row < end; ) {
    const header = reader.varint();
    if (header === 0 || header % 2 !== 0) throw new RangeError("a run that is not run-length");
    let entry = 0;
    for (let byte = 0; byte < valueSize; byte++) entry |= reader.byte() << (8 * byte);
    if (entry >= dictionaryLength) throw new RangeError("an index outside the dictionary");
    const next = row + header / 2;
    const count = Math.min(next, end) - Math.max(row, start);
    if (count > 0) {
      into.entries[into.length] = entry;
      into.counts[into.length++] = count;
    }
    row = next;
  }
}
