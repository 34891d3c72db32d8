import type { ScatterBatch } from "@pocaduck/flight";
import type { LabelIndex, LabelMapping } from "@pocaduck/labelmap";
import type { BlockFrame, DvidLabelmap } from "@pocaduck/labelmap/dvid";
import type { Limiter } from "@pocaduck/storage/remote";
import { ExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import { ShardGrid } from "../plan/shards.ts";
import type { BlocksTask, IndicesTask, MappingTask, Task } from "../plan/task.ts";
import { type BlockRow, blocksBatch, indicesBatch } from "../rows/batches.ts";
import type { BlockPackers } from "../rows/block-packers.ts";
import { readBlocks } from "./read-blocks.ts";
import type { SortedMapping } from "./sorted-mapping.ts";

/** Bytes of values from which on rows go out. */
const batchSize = 2 ** 20;
const indicesAtOnce = 500;
const pairsAtOnce = 50_000;
/** Blocks that a packer gets at a time. */
const blocksAtOnce = 32;

export interface SourceOptions {
  plan: ExportPlan;
  labelmap: DvidLabelmap;
  mapping: LabelMapping;
  pairs: SortedMapping;
  limit: Limiter;
  packers: BlockPackers;
}

/** The rows of a task, in an order that is the same each time. */
export async function* taskRows(
  task: Task,
  source: SourceOptions,
  signal: AbortSignal,
): AsyncGenerator<ScatterBatch> {
  if (task.table === "blocks") yield* blockRows(task, source, signal);
  else if (task.table === "indices") yield* indexRows(task, source, signal);
  else yield* mappingRows(task, source);
}

async function* blockRows(
  task: BlocksTask,
  { plan, labelmap, mapping, limit, packers }: SourceOptions,
  signal: AbortSignal,
): AsyncGenerator<ScatterBatch> {
  const { layout } = plan;
  const grid = new ShardGrid(layout, task.scale);
  let held: BlockRow[] = [];
  let size = 0;
  const flush = (): ScatterBatch => {
    const batch = blocksBatch(held, task.scale, grid, layout.cells);
    [held, size] = [[], 0];
    return batch;
  };
  const rowsOf = async (frames: readonly BlockFrame[]): Promise<BlockRow[]> => {
    const packed = await packers.pack(frames, layout.blockShape);
    return frames.map(({ block }, index) => {
      const row = packed[index] as (typeof packed)[number];
      return { block, ...row, labels: mapping.map(row.supervoxels) };
    });
  };
  for await (const frames of readBlocks(labelmap, task, { limit, signal })) {
    const parts: Promise<BlockRow[]>[] = [];
    for (let at = 0; at < frames.length; at += blocksAtOnce) {
      parts.push(rowsOf(frames.slice(at, at + blocksAtOnce)));
    }
    // Awaited in turn below; without this a failure of a later one would count as unhandled.
    for (const part of parts) part.catch(() => undefined);
    for (const part of parts) {
      for (const row of await part) {
        held.push(row);
        size += row.rest.length + 16 * row.labels.length;
        if (size >= batchSize) yield flush();
      }
    }
  }
  if (held.length > 0) yield flush();
}

async function* indexRows(
  { first, last, count }: IndicesTask,
  { labelmap, limit }: SourceOptions,
  signal: AbortSignal,
): AsyncGenerator<ScatterBatch> {
  const listed = await limit.run(() => labelmap.labels(BigInt(first), count, signal), signal);
  if (listed.length !== count || listed.at(-1) !== BigInt(last)) {
    const reason = `bodies ${first} to ${last} were ${count} and are ${listed.length}: the version moved`;
    throw new ExportError("corrupt", reason);
  }
  for (let at = 0; at < count; at += indicesAtOnce) {
    const labels = Array.from(listed.subarray(at, at + indicesAtOnce));
    const indices = await limit.run(() => labelmap.labelIndices(labels, signal), signal);
    const batch = indicesBatch(indices.filter((index): index is LabelIndex => index !== undefined));
    if (batch.length > 0) yield batch;
  }
}

function* mappingRows(
  { start, end }: MappingTask,
  { pairs }: SourceOptions,
): Generator<ScatterBatch> {
  for (let at = start; at < end; at += pairsAtOnce) {
    yield pairs.batch(at, Math.min(end, at + pairsAtOnce));
  }
}
