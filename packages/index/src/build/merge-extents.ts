import type { DuckDBConnection } from "@duckdb/node-api";
import { literal } from "../duckdb.ts";
import type { JobCommit } from "./job.ts";

/** Commits that one statement reads. */
const batch = 200;

/** The extents files of a commit, and what makes their numbers those of the index. */
export type ExtentSource = Pick<JobCommit, "extents" | "firstBlock" | "firstGroup">;

/**
 * Makes `built.extents`: the rows of the last index and of the new commits less those of dead blocks, sorted by
 * label, block, row group and first row, which is one order whatever order they came in.
 */
export async function mergeExtents(
  connection: DuckDBConnection,
  commits: readonly ExtentSource[],
  { previous, dead, staged }: { previous: boolean; dead: boolean; staged: string },
): Promise<void> {
  const sources = commits.filter(({ extents }) => extents.length > 0).map(rowsOf);
  if (previous) sources.unshift("FROM previous.extents");
  const alive = dead ? "WHERE block NOT IN (FROM dead)" : "";
  const columns = `label UBIGINT, block UINTEGER, row_group UINTEGER, first_row UINTEGER, "rows" UINTEGER`;
  const sorted = "ORDER BY label, block, row_group, first_row";
  await connection.run(`CREATE TABLE built.extents (${columns})`);
  if (sources.length === 0) return;
  if (sources.length <= batch) {
    const all = `(${sources.join(" UNION ALL ")})`;
    await connection.run(`INSERT INTO built.extents FROM ${all} ${alive} ${sorted}`);
    return;
  }
  await connection.run(`ATTACH ${literal(staged)} AS staged`);
  await connection.run(`CREATE TABLE staged.extents (${columns})`);
  for (let start = 0; start < sources.length; start += batch) {
    const some = `(${sources.slice(start, start + batch).join(" UNION ALL ")})`;
    await connection.run(`INSERT INTO staged.extents FROM ${some} ${alive}`);
  }
  await connection.run(`INSERT INTO built.extents FROM staged.extents ${sorted}`);
  await connection.run("DETACH staged");
}

function rowsOf({ extents, firstBlock, firstGroup }: ExtentSource): string {
  const files = extents.map(literal).join();
  return `SELECT label, (block + ${firstBlock})::UINTEGER AS block, ("group" + ${firstGroup})::UINTEGER AS row_group,
    first_row, "rows" FROM read_parquet([${files}])`;
}
