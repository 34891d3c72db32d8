import type { Column, GroupPointer } from "@pocaduck/format";
import { RowGroup } from "@pocaduck/format";
import { coalesce, mapConcurrent, type ReadableStore } from "@pocaduck/storage";
import type { Extent } from "./leaf.ts";
import { readPart } from "./read-object.ts";

/** Rows `[firstRow, firstRow + rows)` of a row group: points from `at` on of cloud number `cloud`. */
export interface Part {
  cloud: number;
  at: number;
  firstRow: number;
  rows: number;
}

/** The rows to take from one row group. */
export interface GroupRead {
  object: string;
  pointer: GroupPointer;
  parts: Part[];
}

/** How row groups of an object share requests. */
export interface GroupOptions {
  /** Bytes between row groups that are worth reading to save a request: 64 KiB by default. */
  gap?: number | undefined;
  /** Bytes of a request above which no further row group joins it: 1 MiB by default. */
  cap?: number | undefined;
}

export interface ReadOptions extends GroupOptions {
  signal?: AbortSignal | undefined;
  /** Requests in flight, of `cap` bytes at most where row groups are smaller: 64 by default. */
  concurrency?: number | undefined;
}

const defaultGap = 64 << 10;
/** What bounds the bytes in flight. */
const defaultCap = 1 << 20;

/** Each row group that `clouds`, given as their extents, need; once, however many need it. */
export function groupReads(clouds: readonly (readonly Extent[])[]): GroupRead[] {
  const reads = new Map<string, GroupRead>();
  let last: GroupRead | undefined;
  for (const [cloud, extents] of clouds.entries()) {
    let at = 0;
    for (const { object, pointer, firstRow, rows } of extents) {
      if (last?.object !== object || last.pointer.offset !== pointer.offset) {
        const name = `${object} ${pointer.offset}`;
        last = reads.get(name) ?? { object, pointer, parts: [] };
        reads.set(name, last);
      }
      const before = last.parts.at(-1);
      if (before?.cloud === cloud && before.firstRow + before.rows === firstRow) {
        before.rows += rows;
      } else last.parts.push({ cloud, at, firstRow, rows });
      at += rows;
    }
  }
  return [...reads.values()];
}

/** One request: row groups of an object that lie near each other. */
export interface Fetch {
  object: string;
  offset: number;
  size: number;
  reads: GroupRead[];
}

/** The requests that `reads` make. */
export function fetchesOf(
  reads: readonly GroupRead[],
  { gap = defaultGap, cap = defaultCap }: GroupOptions,
): Fetch[] {
  const fetches: Fetch[] = [];
  for (const [object, some] of Map.groupBy(reads, (read) => read.object)) {
    const ranges = some.map(({ pointer: { offset, size } }) => ({ offset, length: size }));
    for (const { offset, length, members } of coalesce(ranges, { gap, cap })) {
      fetches.push({
        object,
        offset,
        size: length,
        reads: members.map((at) => some[at] as GroupRead),
      });
    }
  }
  return fetches;
}

/** Calls `use` with each read and its row group as they come in, in no particular order. */
export async function eachGroup(
  store: ReadableStore,
  columns: readonly Column[],
  reads: readonly GroupRead[],
  { signal, concurrency = 64, ...options }: ReadOptions,
  use: (read: GroupRead, group: RowGroup) => void,
): Promise<void> {
  const fetches = fetchesOf(reads, options);
  const fetch = async (each: Fetch, signal: AbortSignal | undefined): Promise<void> => {
    const { object, offset, size } = each;
    const bytes = await readPart(store, object, offset, size, { signal });
    for (const read of each.reads) {
      const start = read.pointer.offset - offset;
      const part = bytes.subarray(start, start + read.pointer.size);
      use(read, new RowGroup(columns, part, read.pointer, object));
    }
  };
  // The common case, one request, is spared what it takes to run many.
  if (fetches.length === 1) await fetch(fetches[0] as Fetch, signal);
  else
    await mapConcurrent(fetches, concurrency, (each, _, signal) => fetch(each, signal), { signal });
}

export function rowsOf(parts: readonly { rows: number }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
