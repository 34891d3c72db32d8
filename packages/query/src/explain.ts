import type { Fence } from "@pocaduck/format";
import { type GroupRead, type ReadOptions, rangesOf, runsOf } from "./group-reads.ts";

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
  reads: readonly GroupRead[],
  { gap }: ReadOptions,
): Explanation {
  const runs = [...rangesOf(reads).values()].flatMap((pointers) => runsOf(pointers, gap));
  return {
    label,
    version,
    blocks: new Set(reads.flatMap(({ extents }) => extents.map(({ block }) => block))).size,
    points: reads.reduce((sum, { rows }) => sum + rows, 0),
    leaves: leaves.map(({ object, offset, size }) => ({ object, offset, size })),
    rowGroups: reads.map(({ object, pointer, rows }) => ({
      object,
      offset: pointer.offset,
      size: pointer.size,
      wanted: rows,
      rows: pointer.rows,
    })),
    requests: runs.length,
    size: runs.reduce((sum, run) => sum + run.size, 0),
  };
}
