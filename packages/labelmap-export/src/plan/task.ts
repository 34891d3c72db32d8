import type { Triple } from "@pocaduck/labelmap";

/** A piece of an export that one worker writes at once; JSON as it is, so ids are decimal digits. */
export type Task = BlocksTask | IndicesTask | MappingTask;

/** The blocks of one spatial shard of one scale. */
export interface BlocksTask {
  table: "blocks";
  /** Unique in the export, and a path: `blocks/s0/041f9`. */
  id: string;
  scale: number;
  /** The number that neuroglancer gives the shard, in decimal digits. */
  shard: string;
  /** First block and end, in blocks of the scale, cut to the extents. */
  start: Triple;
  end: Triple;
}

/** The label indices of bodies that follow each other. */
export interface IndicesTask {
  table: "indices";
  id: string;
  first: string;
  last: string;
  /** Bodies from `first` to `last`. */
  count: number;
}

/** A stretch of the supervoxels that are not their own body, ascending. */
export interface MappingTask {
  table: "mapping";
  id: string;
  start: number;
  end: number;
}

export type TableName = Task["table"];
