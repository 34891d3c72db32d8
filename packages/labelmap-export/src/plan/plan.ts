import { createHash } from "node:crypto";
import type { Triple } from "@pocaduck/labelmap";
import type { Extents } from "@pocaduck/labelmap/dvid";
import { shardsOf } from "./shards.ts";
import type { Task } from "./task.ts";

/** Which version of which data, however it was asked for. */
export interface ExportSource {
  server: string;
  /** Name of the instance. */
  data: string;
  dataUuid: string;
  /** All 32 digits. */
  uuid: string;
  locked: boolean;
  /** Of the repository when the export began. */
  mutationId: string;
  updated: string;
  /** Of a voxel of scale 0, in `voxelUnits`. */
  voxelSize: Triple;
  voxelUnits: readonly [x: string, y: string, z: string];
}

/** How the compressed rest of a block is cut into the columns `bin1`, `bin2`, …; sizes in bytes. */
export interface CellLayout {
  count: number;
  size: number;
  /** What cells hold that a block does not need. Joins of `null` give null with many tools' defaults. */
  unused: "empty" | "null";
}

/** All that shapes the rows of an export. */
export interface ExportLayout {
  blockShape: Triple;
  /** Voxels of scale 0: inclusive. */
  extents: Extents;
  scales: readonly number[];
  /** Log2 of the blocks in a shard. */
  shardBits: number;
  cells: CellLayout;
  /** Whether there are label indices to export. */
  indexed: boolean;
}

/** The same for the same version, data and layout, whoever makes it and when. */
export interface ExportPlan {
  id: string;
  source: ExportSource;
  layout: ExportLayout;
}

/** Pairs of the mapping in a task. */
const pairsPerTask = 2_000_000;

export function makePlan(source: ExportSource, layout: ExportLayout): ExportPlan {
  const { dataUuid, uuid, data } = source;
  const said = JSON.stringify({ format: 1, dataUuid, uuid, data, layout });
  return { id: createHash("sha256").update(said).digest("hex").slice(0, 16), source, layout };
}

/** The blocks of all scales, shard by shard in the order of their numbers. */
export function* blocksTasks({ layout }: ExportPlan): Generator<Task> {
  for (const scale of layout.scales) yield* shardsOf(layout, scale);
}

export function* mappingTasks(pairs: number): Generator<Task> {
  for (let start = 0; start < pairs; start += pairsPerTask) {
    const end = Math.min(pairs, start + pairsPerTask);
    yield { table: "mapping", id: `mapping/${number(start / pairsPerTask)}`, start, end };
  }
}

/** @param labels ascending, of one task. */
export function indicesTask(index: number, labels: BigUint64Array): Task {
  const [first, last] = [labels[0] as bigint, labels.at(-1) as bigint];
  const id = `indices/${number(index)}`;
  return { table: "indices", id, first: `${first}`, last: `${last}`, count: labels.length };
}

function number(index: number): string {
  return String(index).padStart(6, "0");
}
