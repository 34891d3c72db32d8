import { StoreError } from "./errors.ts";
import { mapConcurrent } from "./map-concurrent.ts";
import { assertRange } from "./range.ts";
import type { ReadableStore, StoreOptions } from "./store.ts";

export interface Slice {
  offset: number;
  length: number;
}

export interface CoalesceOptions {
  /** Bytes between two ranges that are worth reading to save a request. Default 1 MiB. */
  gap?: number | undefined;
  /** Bytes of a merged request above which no further range joins it. Default 16 MiB. */
  cap?: number | undefined;
}

export interface ReadRangesOptions extends CoalesceOptions, StoreOptions {
  /** Requests in flight. Default 10. */
  concurrency?: number | undefined;
}

/** A merged request, and the indexes of the ranges that lie in it. */
export interface Run extends Slice {
  members: number[];
}

const mebibyte = 1 << 20;

/** Merges near ranges into runs, in ascending order of offset. Every range lies whole in one run. */
export function coalesce(ranges: readonly Slice[], options: CoalesceOptions = {}): Run[] {
  const { gap = mebibyte, cap = 16 * mebibyte } = options;
  const order = ranges.map((_, i) => i).sort((a, b) => at(ranges, a).offset - at(ranges, b).offset);
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const index of order) {
    const { offset, length } = at(ranges, index);
    const end = offset + length;
    const inside = run !== undefined && end <= run.offset + run.length;
    const joins =
      run !== undefined && offset <= run.offset + run.length + gap && end - run.offset <= cap;
    if (run && (inside || joins)) {
      run.length = Math.max(run.length, end - run.offset);
      run.members.push(index);
    } else {
      run = { offset, length, members: [index] };
      runs.push(run);
    }
  }
  return runs;
}

/**
 * The bytes of each range, in the order given; near ranges share a request. `undefined` when the
 * object is absent. Results that share a request share its memory.
 * @throws {StoreError} `invalid-range` when a range starts past the end.
 */
export async function readRanges(
  store: ReadableStore,
  key: string,
  ranges: readonly Slice[],
  options: ReadRangesOptions = {},
): Promise<Uint8Array[] | undefined> {
  const { concurrency = 10, signal } = options;
  for (const range of ranges) assertRange(key, range);
  const results: Uint8Array[] = new Array(ranges.length);
  let absent = false;
  await mapConcurrent(
    coalesce(ranges, options),
    concurrency,
    async ({ offset, length, members }, _, signal) => {
      const body = await store.getRange(key, { offset, length }, { signal });
      if (!body) {
        absent = true;
        return;
      }
      for (const index of members) {
        const range = at(ranges, index);
        const start = range.offset - offset;
        if (start > body.length) throw pastEnd(key, range, offset + body.length);
        results[index] = body.subarray(start, start + range.length);
      }
    },
    { signal },
  );
  return absent ? undefined : results;
}

function pastEnd(key: string, { offset, length }: Slice, size: number): StoreError {
  const reason = `range ${offset}+${length} starts past the end of ${size} bytes`;
  return new StoreError("invalid-range", key, reason);
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T;
}
