import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Commit,
  decodeCommit,
  encodeCommit,
  extentColumns,
  pointsKey,
  TableWriter,
} from "@pocaduck/format";
import type { BuildJob, JobCommit } from "../src/index.ts";

/** One pair's rows in one row group; block and group are numbered within the commit. */
export interface MadeExtent {
  label: bigint;
  block: number;
  group: number;
  firstRow: number;
  rows: number;
}

export interface MadeCommit {
  blocks: number;
  /** Row groups of each points file. */
  groups: number[];
  /** Of each extents file. */
  files: MadeExtent[][];
}

const axes = [{ name: "x" }, { name: "y" }];

/** A folder that is gone when disposed. */
export function scratch(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "pocaduck-index-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The job of a version that takes in `made`, after blocks and row groups that earlier versions numbered. */
export function makeJob(
  directory: string,
  made: readonly MadeCommit[],
  { firstBlock = 0, firstGroup = 0, version = 1 } = {},
): BuildJob {
  const job: BuildJob = { directory, axes, commits: [], dead: [] };
  let [block, group] = [firstBlock, firstGroup];
  for (const each of made) {
    job.commits.push(
      makeCommit(directory, each, { firstBlock: block, firstGroup: group, version }),
    );
    block += each.blocks;
    group += each.groups.reduce((sum, count) => sum + count, 0);
  }
  return job;
}

/** The record that a made job names. */
export function commitOf({ id, record }: JobCommit): Commit {
  return decodeCommit(id, readFileSync(record.path));
}

function makeCommit(
  directory: string,
  { blocks, groups, files }: MadeCommit,
  place: Pick<JobCommit, "firstBlock" | "firstGroup" | "version">,
): JobCommit {
  const id = crypto.randomUUID();
  const digest = "0".repeat(64);
  const commit: Commit = {
    id,
    worker: "w",
    base: 0,
    blocks: Array.from({ length: blocks }, (_, at) => ({
      id: `${place.firstBlock + at} é'"`,
      pairs: at,
      points: 2 * at,
      digest: `d${at}`,
      // A block without points has no box.
      ...(at > 0 && { min: [-at, 0.5], max: [at, 1e300] }),
    })),
    points: groups.map((count) => ({
      key: pointsKey(crypto.randomUUID()),
      size: 1e6,
      sha256: digest,
      groups: {
        offset: Array.from({ length: count }, (_, at) => 4 + at * 2 ** 33),
        size: Array.from({ length: count }, (_, at) => 50_000 + at),
        rows: Array<number>(count).fill(131_072),
        crc: Array.from({ length: count }, (_, at) => (0xffffffff - at) >>> 0),
        codecs: Array<number>(count).fill(5),
      },
    })),
    extents: [],
  };
  const paths = files.map((extents, at) => {
    const path = join(directory, `${id}-${at}.parquet`);
    writeFileSync(path, extentsFile(extents));
    return path;
  });
  const record = encodeCommit(commit);
  const path = join(directory, `${id}.json`);
  writeFileSync(path, record);
  return { id, record: { path, offset: 0, size: record.length }, extents: paths, ...place };
}

function extentsFile(extents: readonly MadeExtent[]): Uint8Array {
  const table = new TableWriter(extentColumns);
  const column = (name: "block" | "group" | "firstRow" | "rows") =>
    Uint32Array.from(extents, (extent) => extent[name]);
  const parts: Uint8Array[] = [];
  if (extents.length > 0) {
    const labels = BigUint64Array.from(extents, ({ label }) => label);
    const numbers = [column("block"), column("group"), column("firstRow"), column("rows")];
    parts.push(...table.writeGroup(extents.length, [labels, ...numbers]).parts);
  }
  return Buffer.concat([...parts, table.finish()]);
}
