import type { BlockIds, Dataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import type { Store } from "@pocaduck/storage";
import type { Block } from "@pocaduck/volume";
import { readSettings } from "../config/read-settings.ts";
import { open } from "../open.ts";
import { type BlockShare, rehearse } from "./rehearse.ts";
import { type DatasetState, priceOf, type Requests, RequestTally } from "./requests.ts";
import { leftOf, openScanned } from "./scan.ts";
import type { ScanJob } from "./scan-options.ts";
import { openIfThere } from "./volume-schema.ts";

/** What an ingest will come to. Points and bytes are estimates from some of the blocks. */
export interface ScanPlan {
  /** Blocks that no commit has completed. */
  blocks: number;
  /** Blocks that are done already. */
  skipped: number;
  commits: number;
  points: number;
  pairs: number;
  bytes: number;
  /** At the dataset's store, publishing included if it is asked for; what reading the volume takes is not in it. */
  requests: Requests;
  dollars: number;
}

/** As measured; see docs/format.md for what is in them. */
const indexBytesPerPair = { duckdb: 9, labels: 5 };
const emptyIndex = 300_000;
const pointsFile = 512 << 20;
const indexFile = 512 << 20;
const defaultPart = 8 << 20;

interface PlanOptions {
  /** Processes that share the scan; 1 scans in the command's own. */
  workers: number;
  publish: boolean;
}

/** Tells what {@link ScanJob} would cost; writes nothing. */
export async function planScan(
  job: ScanJob,
  { workers, publish }: PlanOptions,
  signal: AbortSignal,
): Promise<ScanPlan> {
  const scanned = await openScanned(job, signal);
  const store = await open(job.dataset);
  const dataset = await openIfThere({ store, url: job.dataset }, scanned.schema, signal);
  const state = await stateOf(dataset, signal);
  const before = job.rescan ? { ...state, blocks: new Set<string>() } : state;
  const { grid } = scanned;
  const shares = Array.from({ length: workers }, (_, index) =>
    lengthOf(workers === 1 ? grid.share(job.index, job.count) : grid.share(index, workers), before),
  );
  const blocks = shares.reduce((sum, length) => sum + length, 0);
  const each = await rehearse(scanned, before.blocks, job, signal);
  const tally = new RequestTally(partSizeOf(job.dataset));
  if (dataset) tally.open(before);
  else tally.create();
  tally.progress(before);
  let commits = 0;
  for (const length of blocks > 0 ? shares : []) {
    if (workers > 1) {
      tally.open(before);
      tally.progress(before);
    }
    for (let at = 0; at < length; at += job.commitBlocks, commits++) {
      addCommit(tally, each, Math.min(job.commitBlocks, length - at));
    }
  }
  const after: DatasetState = { ...before, waitingCommits: before.waitingCommits + commits };
  tally.progress(after);
  const pairs = Math.round(each.pairs * blocks);
  if (publish) {
    const extents = each.extentBytes * Math.min(job.commitBlocks, blocks / shares.length);
    tally.records(after);
    if (after.waitingCommits > 0) {
      tally.publishedBlocks(after);
      await addIndex(tally, store, after, { pairs, extents });
      // The hint.
      tally.putSmall(1);
    }
    tally.lookAhead();
  }
  const { put, get, list } = tally;
  return {
    blocks: blocks,
    skipped: before.blocks.size,
    commits,
    points: Math.round(each.points * blocks),
    pairs,
    bytes: Math.round((each.pointBytes + each.extentBytes) * blocks),
    requests: { put, get, list },
    dollars: priceOf(tally),
  };
}

function lengthOf(share: Iterable<Block>, { blocks }: { blocks: BlockIds }): number {
  let length = 0;
  for (const _ of leftOf(share, blocks)) length++;
  return length;
}

async function stateOf(
  dataset: Dataset | undefined,
  signal: AbortSignal,
): Promise<DatasetState & { blocks: BlockIds }> {
  return (
    (await dataset?.progress({ signal })) ?? {
      version: 0,
      blocks: new Set<string>(),
      publishedCommits: 0,
      waitingCommits: 0,
    }
  );
}

function addCommit(tally: RequestTally, each: BlockShare, blocks: number): void {
  const [points, extents] = [each.pointBytes * blocks, each.extentBytes * blocks];
  for (let left = points; left > 0; left -= pointsFile) tally.upload(Math.min(left, pointsFile));
  if (extents > 0) tally.upload(extents);
  tally.putSmall(1);
}

/** The index of the next version, out of the last one and the extents of the commits that wait. */
async function addIndex(
  tally: RequestTally,
  store: Store,
  state: DatasetState,
  added: { pairs: number; extents: number },
): Promise<void> {
  if (added.extents > 0) {
    for (let commit = 0; commit < state.waitingCommits; commit++) tally.download(added.extents);
  }
  let { pairs } = added;
  if (state.version > 0) {
    const { manifest } = await openQuery(store, { version: state.version });
    tally.download(manifest.index.duckdb.size);
    pairs += manifest.totals.pairs;
  }
  tally.upload(emptyIndex + pairs * indexBytesPerPair.duckdb);
  const labels = pairs * indexBytesPerPair.labels;
  for (let left = labels; left > 0; left -= indexFile) tally.upload(Math.min(left, indexFile));
  // Counts, blocks, tables, sources and the manifest.
  tally.putSmall(5);
}

function partSizeOf(dataset: string): number {
  const { s3, gs } = readSettings();
  const [scheme = ""] = /^[a-z][a-z0-9+.-]+(?=:)/i.exec(dataset) ?? [];
  if (scheme === "s3") return Number(s3.partSize ?? defaultPart);
  if (scheme === "gs") return Number(gs.partSize ?? defaultPart);
  return Number.POSITIVE_INFINITY;
}
