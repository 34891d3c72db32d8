import type { Fence } from "@pocaduck/format";
import { fetchesOf, type GroupOptions, groupReads, rowsOf } from "./group-reads.ts";
import type { Extent } from "./leaf.ts";

/** A part of an object that a lookup reads. */
export interface ExplainedRead {
  object: string;
  /** Bytes from the start of the object, and bytes. */
  offset: number;
  size: number;
  /** Rows wanted of it, and rows in it. */
  wanted: number;
  rows: number;
}

/** What a lookup of a label reads. */
export interface Explanation {
  label: bigint;
  version: number;
  blocks: number;
  points: number;
  /** Leaves of the index. */
  leaves: { object: string; offset: number; size: number }[];
  rowGroups: ExplainedRead[];
  /** Requests for points once the index is cached, and their bytes. */
  requests: number;
  size: number;
}

export function explain(
  label: bigint,
  version: number,
  leaves: (Fence & { object: string })[],
  extents: readonly Extent[],
  options: GroupOptions,
): Explanation {
  const reads = groupReads([extents]);
  const fetches = fetchesOf(reads, options);
  return {
    label,
    version,
    blocks: new Set(extents.map(({ block }) => block)).size,
    points: rowsOf(extents),
    leaves: leaves.map(({ object, offset, size }) => ({ object, offset, size })),
    rowGroups: reads.map(({ object, pointer, parts }) => ({
      object,
      offset: pointer.offset,
      size: pointer.size,
      wanted: rowsOf(parts),
      rows: pointer.rows,
    })),
    requests: fetches.length,
    size: fetches.reduce((sum, { size }) => sum + size, 0),
  };
}
