import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { groupAt } from "@pocaduck/format";
import { literal, openDuckDb } from "../duckdb.ts";
import { mergeBlocks, writeBlocks } from "./blocks.ts";
import { CountWriter } from "./counts.ts";
import type { BuildJob, BuiltIndex } from "./job.ts";
import { LeafWriter } from "./leaves.ts";
import { mergedRows, mergeExtents } from "./merge.ts";
import { buildRoot } from "./root.ts";
import { RowGroupTable } from "./row-groups.ts";

export interface BuildLimits {
  /** Megabytes for the whole process. */
  memoryMb: number;
  threads: number;
}

/** Builds both forms of an index, in this process: its memory does not fall again, so give it one of its own. */
export async function runBuild(
  job: BuildJob,
  { memoryMb, threads }: BuildLimits,
  onProgress: (stage: string) => void,
): Promise<BuiltIndex> {
  const { directory } = job;
  // The limit bounds DuckDB's sort; the process takes about twice that, and 100 MB to begin with.
  const limit = Math.max(64, Math.floor((memoryMb - 100) / 2));
  const settings = { memory_limit: `${limit}MB`, threads: String(threads) };
  const { instance, connection } = await openDuckDb(":memory:", directory, settings);
  const duckdb = join(directory, "index.duckdb");
  await connection.run(`ATTACH ${literal(duckdb)} AS built`);
  await connection.run(`ATTACH ${literal(join(directory, "staged.duckdb"))} AS staged`);
  if (job.previous) {
    await connection.run(`ATTACH ${literal(job.previous.duckdb)} AS previous (READ_ONLY)`);
  }
  onProgress("merging");
  await mergeExtents(connection, job);
  await mergeBlocks(connection, job);
  const rowGroups = await mergeRowGroups(connection, job);
  onProgress("writing leaves");
  const leaves = new LeafWriter(directory, rowGroups);
  const counts = new CountWriter(join(directory, "counts.parquet"));
  for await (const rows of mergedRows(connection)) {
    leaves.add(rows);
    counts.add(rows);
  }
  const labels = leaves.finish();
  const countTable = counts.finish();
  onProgress("writing tables");
  await connection.run(
    `CREATE TABLE built.labels AS FROM read_parquet(${literal(countTable.path)})`,
  );
  const { live, ...blocks } = await writeBlocks(
    connection,
    job.axes,
    join(directory, "blocks.parquet"),
  );
  await connection.run("DETACH staged");
  await connection.run("CHECKPOINT built");
  await connection.run("DETACH built");
  connection.closeSync();
  instance.closeSync();
  return {
    duckdb,
    labels,
    counts: countTable,
    blocks,
    totals: { ...counts.totals, blocks: live },
    ...buildRoot(leaves.fences, join(directory, "root.bin")),
  };
}

/** Makes `built.row_groups`, and returns what is in it. */
async function mergeRowGroups(connection: DuckDBConnection, job: BuildJob): Promise<RowGroupTable> {
  await connection.run(
    `CREATE TABLE built.row_groups (row_group UINTEGER, object VARCHAR, "offset" UBIGINT, size UINTEGER,
      "rows" UINTEGER, crc UINTEGER, codecs UINTEGER)`,
  );
  const table = new RowGroupTable();
  if (job.previous) {
    await connection.run(
      "INSERT INTO built.row_groups FROM previous.row_groups ORDER BY row_group",
    );
    const result = await connection.stream("FROM built.row_groups ORDER BY row_group");
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      for (const [, object, offset, size, rows, crc, codecs] of chunk.getRows()) {
        table.add(object as string, {
          offset: Number(offset),
          size: size as number,
          rows: rows as number,
          crc: crc as number,
          codecs: codecs as number,
        });
      }
    }
  }
  const appender = await connection.createAppender("row_groups", "main", "built");
  for (const { commit } of job.commits) {
    for (const file of commit.points) {
      for (const at of file.groups.offset.keys()) {
        const pointer = groupAt(file, at);
        appender.appendUInteger(table.length);
        appender.appendVarchar(file.key);
        appender.appendUBigInt(BigInt(pointer.offset));
        appender.appendUInteger(pointer.size);
        appender.appendUInteger(pointer.rows);
        appender.appendUInteger(pointer.crc);
        appender.appendUInteger(pointer.codecs);
        appender.endRow();
        table.add(file.key, pointer);
      }
    }
  }
  appender.closeSync();
  return table;
}
