import type { Column, GroupPointer } from "@pocaduck/format";
import { RowGroup } from "@pocaduck/format";
import { coalesce, mapConcurrent, type ReadableStore } from "@pocaduck/storage";
import type { Extent } from "./leaf.ts";
import { readPart } from "./read-object.ts";

/** The rows to take from one row group. */
export interface GroupRead {
  object: string;
  pointer: GroupPointer;
  extents: Extent[];
  rows: number;
}

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Bytes between row groups that are worth reading to save a request: 64 KiB by default. */
  gap?: number | undefined;
  /** Requests in flight: 64 by default. */
  concurrency?: number | undefined;
}

const defaultGap = 64 << 10;
/** Row groups fetched together, and so held in memory at once. */
const batchSize = 32 << 20;

/** Extents that follow each other in one row group are one read. */
export function groupReads(extents: readonly Extent[]): GroupRead[] {
  const reads: GroupRead[] = [];
  for (const extent of extents) {
    const last = reads.at(-1);
    if (last?.object === extent.object && last.pointer.offset === extent.pointer.offset) {
      last.extents.push(extent);
      last.rows += extent.rows;
    } else {
      const { object, pointer, rows } = extent;
      reads.push({ object, pointer, extents: [extent], rows });
    }
  }
  return reads;
}

/** The requests that `reads` make, as [object, ranges]; a row group wanted twice is fetched once. */
export function rangesOf(reads: readonly GroupRead[]): Map<string, GroupPointer[]> {
  const objects = new Map<string, Map<number, GroupPointer>>();
  for (const { object, pointer } of reads) {
    const groups = objects.get(object) ?? new Map<number, GroupPointer>();
    groups.set(pointer.offset, pointer);
    objects.set(object, groups);
  }
  return new Map([...objects].map(([object, groups]) => [object, [...groups.values()]]));
}

/** Each read with its row group, in order; fetched a batch ahead, coalesced within a batch. */
export async function* loadGroups(
  store: ReadableStore,
  columns: readonly Column[],
  reads: readonly GroupRead[],
  options: ReadOptions,
): AsyncGenerator<[GroupRead, RowGroup]> {
  const batches = batchesOf(reads);
  let ahead = batches[0] && fetchBatch(store, columns, batches[0], options);
  for (const [at, batch] of batches.entries()) {
    const groups = await ahead;
    const next = batches[at + 1];
    ahead = next && fetchBatch(store, columns, next, options);
    // Awaited in the next round; without this an early failure would count as unhandled.
    ahead?.catch(() => {});
    for (const read of batch) {
      yield [read, groups?.get(`${read.object} ${read.pointer.offset}`) as RowGroup];
    }
  }
}

function batchesOf(reads: readonly GroupRead[]): GroupRead[][] {
  const batches: GroupRead[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const read of reads) {
    if (size + read.pointer.size > batchSize) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(read);
    size += read.pointer.size;
  }
  return batches;
}

/** One request: row groups of an object that lie near each other. */
interface Fetch extends GroupRun {
  object: string;
}

async function fetchBatch(
  store: ReadableStore,
  columns: readonly Column[],
  reads: readonly GroupRead[],
  { signal, gap = defaultGap, concurrency = 64 }: ReadOptions,
): Promise<Map<string, RowGroup>> {
  const groups = new Map<string, RowGroup>();
  const fetches: Fetch[] = [];
  for (const [object, pointers] of rangesOf(reads)) {
    for (const run of runsOf(pointers, gap)) fetches.push({ object, ...run });
  }
  const fetch = async (
    { object, offset, size, members }: Fetch,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const bytes = await readPart(store, object, offset, size, { signal });
    for (const pointer of members) {
      const start = pointer.offset - offset;
      const part = bytes.subarray(start, start + pointer.size);
      groups.set(`${object} ${pointer.offset}`, new RowGroup(columns, part, pointer, object));
    }
  };
  // The common case, one request, is spared what it takes to run many.
  if (fetches.length === 1) await fetch(fetches[0] as Fetch, signal);
  else
    await mapConcurrent(fetches, concurrency, (each, _, signal) => fetch(each, signal), { signal });
  return groups;
}

/** Row groups to fetch in one request, and the bytes that hold them. */
export interface GroupRun {
  offset: number;
  size: number;
  members: GroupPointer[];
}

export function runsOf(pointers: readonly GroupPointer[], gap: number = defaultGap): GroupRun[] {
  const ranges = pointers.map(({ offset, size }) => ({ offset, length: size }));
  return coalesce(ranges, { gap }).map(({ offset, length, members }) => ({
    offset,
    size: length,
    members: members.map((at) => pointers[at] as GroupPointer),
  }));
}
