import type { BlockIds, Dataset, SchemaInput } from "@pocaduck/ingest";
import { type Block, type BlockGrid, PointFinder, readBlocks, type Volume } from "@pocaduck/volume";
import { open } from "../open.ts";
import { openSource } from "./open-source.ts";
import { aboutScan, blockShape, pointOptions, type ScanJob } from "./scan-options.ts";
import { openForScan, otherVolume, volumeSchema } from "./volume-schema.ts";

/** A volume, the dataset its points go to, and the blocks that need no scan. */
export interface OpenScan {
  volume: Volume;
  grid: BlockGrid;
  dataset: Dataset;
  done: BlockIds;
  /** Where the volume lay that the dataset was made from, if that is not where this one does. */
  before: string | undefined;
}

export interface ScanProgress {
  blocks: number;
  points: number;
  voxels: number;
  /** Milliseconds of decoding chunks, summed over the workers. */
  decodeMs: number;
  /** Milliseconds of all the work, summed over the workers. */
  workMs: number;
  /** Milliseconds of processor time, summed over the workers. */
  cpuMs: number;
  /** Megabytes of the largest worker at its most. */
  memoryMb: number;
}

export const noProgress: Readonly<ScanProgress> = {
  blocks: 0,
  points: 0,
  voxels: 0,
  decodeMs: 0,
  workMs: 0,
  cpuMs: 0,
  memoryMb: 0,
};

export async function openScan(job: ScanJob, signal: AbortSignal): Promise<OpenScan> {
  const { volume, grid, schema } = await openScanned(job, signal);
  const place = { store: await open(job.dataset), url: job.dataset };
  const dataset = await openForScan(place, schema, signal);
  const done = job.rescan ? new Set<string>() : await dataset.committedBlocks({ signal });
  return { volume, grid, dataset, done, before: otherVolume(dataset, schema) };
}

/** What a scan reads, and the schema of what it writes. */
export interface Scanned {
  volume: Volume;
  grid: BlockGrid;
  schema: SchemaInput;
}

export async function openScanned(job: ScanJob, signal: AbortSignal): Promise<Scanned> {
  pointOptions(job);
  const shape = blockShape(job);
  const { volume, about } = await openSource(job, signal);
  const grid = volume.grid(shape);
  return { volume, grid, schema: volumeSchema(volume, grid, { ...aboutScan(job), ...about }) };
}

/** The blocks that are not done, one at a time: a volume may have millions. */
export function* leftOf(blocks: Iterable<Block>, done: BlockIds): Generator<Block> {
  for (const block of blocks) if (!done.has(block.id)) yield block;
}

/** Scans the blocks of the job's share that no commit has completed; durable when it resolves. */
export async function scan(
  { volume, grid, dataset, done }: OpenScan,
  job: ScanJob,
  signal: AbortSignal,
  onProgress: (progress: ScanProgress) => void,
): Promise<ScanProgress> {
  const blocks = leftOf(grid.share(job.index, job.count), done);
  const finder = new PointFinder(pointOptions(job));
  const worker = `${job.index}/${job.count}`;
  const { commitBlocks } = job;
  await using ingestor = dataset.ingestor({ worker, commitBlocks, signal });
  const started = performance.now();
  const progress: ScanProgress = { ...noProgress };
  for await (const [block, voxels] of readBlocks(volume, blocks, { halo: finder.halo, signal })) {
    const points = finder.find(voxels);
    await ingestor.writeBlock(block.id, { ...points });
    progress.blocks++;
    progress.points += points.labels.length;
    progress.voxels += block.shape[0] * block.shape[1] * block.shape[2];
    onProgress(progress);
  }
  await ingestor.commit();
  progress.decodeMs = volume.decodeMs;
  progress.workMs = performance.now() - started;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  // The system counts microseconds and kilobytes.
  progress.cpuMs = (userCPUTime + systemCPUTime) / 1000;
  progress.memoryMb = Math.round(maxRSS / 1024);
  return progress;
}
