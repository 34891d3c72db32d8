import { open } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { decodeCommit } from "@pocaduck/format";
import { BlockAppender } from "./blocks.ts";
import type { JobCommit } from "./job.ts";
import type { JobHead } from "./job-file.ts";
import { type ExtentSource, mergeExtents } from "./merge-extents.ts";
import { RowGroupAppender, type RowGroupTable } from "./row-groups.ts";

/** Makes the tables of `built` but for `labels`; returns the row groups and how many extents lie in them. */
export async function mergeTables(
  connection: DuckDBConnection,
  { axes, previous, dead }: JobHead,
  commits: AsyncIterable<JobCommit>,
): Promise<{ rowGroups: RowGroupTable; extents: number }> {
  await connection.run("CREATE TEMP TABLE dead (block UINTEGER)");
  const deadRows = await connection.createAppender("dead", "main", "temp");
  for (const block of dead) {
    deadRows.appendUInteger(block);
    deadRows.endRow();
  }
  deadRows.closeSync();
  const before = previous !== undefined;
  const blocks = await BlockAppender.create(connection, axes, { previous: before, dead });
  const rowGroups = await RowGroupAppender.create(connection, before);
  const sources: ExtentSource[] = [];
  for await (const each of commits) {
    const { id, record, extents, firstBlock, firstGroup } = each;
    const commit = decodeCommit(id, await readPart(record));
    blocks.add(commit, each);
    rowGroups.add(commit.points);
    sources.push({ extents, firstBlock, firstGroup });
  }
  blocks.close();
  rowGroups.close();
  await mergeExtents(connection, sources, { previous: before, dead: dead.length > 0 });
  const counted = await connection.runAndReadAll("SELECT count(*) FROM built.extents");
  return { rowGroups: rowGroups.table, extents: Number(counted.getRows()[0]?.[0]) };
}

async function readPart({ path, offset, size }: JobCommit["record"]): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(size), 0, size, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
