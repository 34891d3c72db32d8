import type { DuckDBConnection } from "@duckdb/node-api";
import { literal } from "../duckdb.ts";
import type { BuildJob, JobCommit } from "./job.ts";
import type { ExtentRows } from "./leaves.ts";

/** Commits that one statement reads. */
const batch = 200;

/** Makes `built.extents`: the rows of the last index and of the new commits less those of dead blocks, by label. */
export async function mergeExtents(connection: DuckDBConnection, job: BuildJob): Promise<void> {
  await connection.run("CREATE TEMP TABLE dead (block UINTEGER)");
  for (let start = 0; start < job.dead.length; start += 10_000) {
    const values = job.dead.slice(start, start + 10_000).map((block) => `(${block})`);
    await connection.run(`INSERT INTO dead VALUES ${values.join()}`);
  }
  const sources = job.commits.filter((commit) => commit.extents.length > 0).map(rowsOf);
  if (job.previous) sources.unshift("FROM previous.extents");
  const alive = job.dead.length > 0 ? "WHERE block NOT IN (FROM dead)" : "";
  const columns = `label UBIGINT, block UINTEGER, row_group UINTEGER, first_row UINTEGER, "rows" UINTEGER`;
  const sorted = "ORDER BY label, block, row_group, first_row";
  await connection.run(`CREATE TABLE built.extents (${columns})`);
  if (sources.length <= batch) {
    if (sources.length > 0) {
      const all = `(${sources.join(" UNION ALL ")})`;
      await connection.run(`INSERT INTO built.extents FROM ${all} ${alive} ${sorted}`);
    }
    return;
  }
  await connection.run(`CREATE TABLE staged.extents (${columns})`);
  for (let start = 0; start < sources.length; start += batch) {
    const some = `(${sources.slice(start, start + batch).join(" UNION ALL ")})`;
    await connection.run(`INSERT INTO staged.extents FROM ${some} ${alive}`);
  }
  await connection.run(`INSERT INTO built.extents FROM staged.extents ${sorted}`);
}

/** The merged rows, in order, some thousands at a time; each part is good until the next. */
export async function* mergedRows(connection: DuckDBConnection): AsyncGenerator<ExtentRows> {
  const result = await connection.stream("FROM built.extents");
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const items = (column: number): unknown =>
      (chunk.getColumnVector(column) as unknown as { items: unknown }).items;
    yield {
      length: chunk.rowCount,
      labels: items(0) as BigUint64Array,
      blocks: items(1) as Uint32Array,
      groups: items(2) as Uint32Array,
      firstRows: items(3) as Uint32Array,
      rows: items(4) as Uint32Array,
    };
  }
}

function rowsOf({ extents, firstBlock, firstGroup }: JobCommit): string {
  const files = extents.map(literal).join();
  return `SELECT label, (block + ${firstBlock})::UINTEGER AS block, ("group" + ${firstGroup})::UINTEGER AS row_group,
    first_row, "rows" FROM read_parquet([${files}])`;
}
