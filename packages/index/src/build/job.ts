import type { Axis, GroupList, Totals } from "@pocaduck/format";

/** A commit that the next version takes in. */
export interface JobCommit {
  id: string;
  /** Where a local file holds its record, as in the store. */
  record: { path: string; offset: number; size: number };
  /** Local copies of its extents files, in order; none when no block of it wins. */
  extents: string[];
  /** Number in the index of its first block and of its first row group. */
  firstBlock: number;
  firstGroup: number;
  version: number;
}

export interface BuildJob {
  /** A local folder, empty or new, for intermediate files and the results. */
  directory: string;
  axes: readonly Axis[];
  /** The last version's `index.duckdb`. */
  previous?: { duckdb: string };
  /** In the order of their numbers, which go on from those of `previous`. */
  commits: JobCommit[];
  /** Numbers of blocks whose pairs must not be in the index. */
  dead: number[];
}

export interface BuildLimits {
  /** Megabytes for the whole process. */
  memoryMb: number;
  threads: number;
}

/** In order; each takes about as long as it has bytes to read or write. */
export type BuildStage = "merging" | "writing leaves" | "writing tables";

export interface BuiltTable {
  path: string;
  groups: GroupList;
}

/** The files of an index, in the job's folder. */
export interface BuiltIndex {
  duckdb: string;
  labels: string[];
  counts: BuiltTable;
  blocks: BuiltTable;
  /** `encodeFences` of the leaves, or of the pages in `rootPages`. */
  root: Uint8Array;
  rootPages?: string;
  totals: Totals;
  usage: BuildUsage;
}

/** Of the builder's process. */
export interface BuildUsage {
  peakMemoryMb: number;
  /** Of all its threads. */
  cpuMs: number;
  stageMs: Record<BuildStage, number>;
}
