import type { Axis, Commit, GroupList, Totals } from "@pocaduck/format";

/** A commit that the next version takes in. */
export interface JobCommit {
  commit: Commit;
  /** Local copies of `commit.extents`, in order; none when no block of it wins. */
  extents: string[];
  /** Number in the index of its first block and of its first row group. */
  firstBlock: number;
  firstGroup: number;
  version: number;
}

export interface BuildJob {
  /** A local folder for intermediate files and the results. */
  directory: string;
  axes: readonly Axis[];
  /** The last version's `index.duckdb`. */
  previous?: { duckdb: string };
  commits: JobCommit[];
  /** Numbers of blocks whose pairs must not be in the index. */
  dead: number[];
}

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
}
