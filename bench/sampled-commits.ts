import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Commit,
  type CommittedBlock,
  encodeCommit,
  extentColumns,
  extentsKey,
  pointsKey,
  type TableRef,
  TableWriter,
} from "@pocaduck/format";
import type { BuildJob } from "@pocaduck/index";
import { Draws } from "./draws.ts";
import { type SampledBlock, sampledBlocks } from "./sampled.ts";

/** Blocks that a worker sorts together. */
const flushBlocks = 64;
/** Rows at which a row group of points closes. */
const groupRows = 16_384;

export interface SampledJobOptions {
  seed?: number;
  /** Blocks that a worker commits together. */
  commitBlocks?: number;
  /** The job that made the version before. */
  after?: SampledJob;
}

export interface SampledJob extends BuildJob {
  /** Rows of all extents files. */
  extents: number;
  blocks: number;
  groups: number;
}

/**
 * What workers leave behind for some `pairs` pairs, without the points: commits and extents files in `directory`.
 * One block in fifty is in two commits.
 */
export function sampledJob(
  pairs: number,
  directory: string,
  { seed = 7, commitBlocks = 512, after }: SampledJobOptions = {},
): SampledJob {
  mkdirSync(directory, { recursive: true });
  let firstBlock = after?.blocks ?? 0;
  let firstGroup = after?.groups ?? 0;
  const job: SampledJob = {
    directory,
    axes: [{ name: "x" }, { name: "y" }, { name: "z" }],
    commits: [],
    dead: [],
    extents: 0,
    blocks: firstBlock,
    groups: firstGroup,
  };
  const draws = new Draws(seed ^ 0x2545f491);
  let again: SampledBlock[] = [];
  const commit = (blocks: SampledBlock[]): void => {
    const { made, record, path, extents } = writeCommit([...blocks, ...again], directory, draws);
    for (let at = blocks.length; at < made.blocks.length; at++) job.dead.push(firstBlock + at);
    const version = after ? 2 : 1;
    const { id } = made;
    job.commits.push({ id, record, extents: [path], firstBlock, firstGroup, version });
    job.extents += extents;
    firstBlock += made.blocks.length;
    firstGroup += made.points[0]?.groups.rows.length ?? 0;
    again = blocks.filter((block) => block.number % 50 === 0);
  };
  let blocks: SampledBlock[] = [];
  for (const block of sampledBlocks(pairs, seed)) {
    blocks.push(block);
    if (blocks.length < commitBlocks) continue;
    commit(blocks);
    blocks = [];
  }
  if (blocks.length > 0) commit(blocks);
  return Object.assign(job, { blocks: firstBlock, groups: firstGroup });
}

function writeCommit(blocks: SampledBlock[], directory: string, draws: Draws) {
  const table = new TableWriter(extentColumns);
  const parts: Uint8Array[] = [];
  const groups: number[] = [];
  let extents = 0;
  for (let first = 0; first < blocks.length; first += flushBlocks) {
    const flush = flushExtents(blocks.slice(first, first + flushBlocks), first, groups);
    parts.push(...table.writeGroup(flush.length, flush.columns).parts);
    extents += flush.length;
  }
  parts.push(table.finish());
  const id = uuid(draws);
  const path = join(directory, `${id}.parquet`);
  writeFileSync(path, Buffer.concat(parts));
  const digest = "0".repeat(64);
  const made: Commit = {
    id,
    worker: "bench",
    base: 0,
    blocks: blocks.map((block) => committed(block, draws)),
    points: [pointsFile(groups, draws)],
    extents: [
      { key: extentsKey(uuid(draws)), size: table.size, sha256: digest, groups: table.groups },
    ],
  };
  const bytes = encodeCommit(made);
  const record = { path: join(directory, `${id}.json`), offset: 0, size: bytes.length };
  writeFileSync(record.path, bytes);
  return { made, record, path, extents };
}

/** The pairs of some blocks by label, then block; rows go on in the last of `groups`. */
function flushExtents(blocks: SampledBlock[], firstBlock: number, groups: number[]) {
  const pairs = blocks.flatMap((block, at) =>
    Array.from(block.labels, (label, pair) => ({
      label,
      block: firstBlock + at,
      count: block.counts[pair] as number,
    })),
  );
  pairs.sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : a.block - b.block));
  const length = pairs.length;
  const labels = BigUint64Array.from(pairs, ({ label }) => label);
  const [block, group, firstRow, rows] = [0, 0, 0, 0].map(() => new Uint32Array(length)) as [
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
  ];
  groups.push(0);
  for (const [at, pair] of pairs.entries()) {
    if ((groups.at(-1) as number) >= groupRows) groups.push(0);
    const last = groups.length - 1;
    block[at] = pair.block;
    group[at] = last;
    firstRow[at] = groups[last] as number;
    rows[at] = pair.count;
    groups[last] = (groups[last] as number) + pair.count;
  }
  return { length, columns: [labels, block, group, firstRow, rows] };
}

/** A points file that nobody opens; sizes are those of real ones. */
function pointsFile(rows: number[], draws: Draws): TableRef {
  const size = rows.map((count) => Math.round(count * (3.4 + draws.unit() * 0.3)));
  let end = 4;
  const offset = size.map((length) => {
    end += length;
    return end - length;
  });
  const crc = rows.map(() => draws.word() >>> 0);
  const groups = { offset, size, rows, crc, codecs: rows.map(() => 0b100011) };
  return { key: pointsKey(uuid(draws)), size: end, sha256: "0".repeat(64), groups };
}

function committed({ id, counts, corner }: SampledBlock, draws: Draws): CommittedBlock {
  const word = (): string => (draws.word() >>> 0).toString(16).padStart(8, "0");
  return {
    id,
    pairs: counts.length,
    points: counts.reduce((sum, count) => sum + count, 0),
    digest: word() + word(),
    min: corner.map((at) => at + draws.below(8)),
    max: corner.map((at) => at + 127 - draws.below(8)),
  };
}

function uuid(draws: Draws): string {
  const hex = Array.from({ length: 4 }, () => (draws.word() >>> 0).toString(16).padStart(8, "0"));
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
