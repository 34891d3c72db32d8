import type { DuckDBConnection } from "@duckdb/node-api";
import { literal } from "../duckdb.ts";
import type { JobCommit } from "./job.ts";

/** The extents files of a commit, and what makes their numbers those of the index. */
export type ExtentSource = Pick<JobCommit, "extents" | "firstBlock" | "firstGroup">;

/**
 * Makes `built.extents`: the rows of the last index and of the new commits less those of dead blocks, sorted by
 * label, block, row group and first row, which is one order whatever order they came in.
 */
export async function mergeExtents(
  connection: DuckDBConnection,
  commits: readonly ExtentSource[],
  { previous, dead }: { previous: boolean; dead: boolean },
): Promise<void> {
  const columns = `label UBIGINT, block UINTEGER, row_group UINTEGER, first_row UINTEGER, "rows" UINTEGER`;
  await connection.run(`CREATE TABLE built.extents (${columns})`);
  await connection.run(
    "CREATE TEMP TABLE numbering (file_index UBIGINT, first_block UINTEGER, first_group UINTEGER)",
  );
  const numbering = await connection.createAppender("numbering", "main", "temp");
  const files: string[] = [];
  for (const { extents, firstBlock, firstGroup } of commits) {
    for (const path of extents) {
      numbering.appendUBigInt(BigInt(files.length));
      numbering.appendUInteger(firstBlock);
      numbering.appendUInteger(firstGroup);
      numbering.endRow();
      files.push(literal(path));
    }
  }
  numbering.closeSync();
  const sources: string[] = [];
  if (previous) sources.push("FROM previous.extents");
  if (files.length > 0) {
    // One scan of all files: of a scan for each, all would hold buffers at once, beyond any memory limit.
    sources.push(`SELECT label, (block + first_block)::UINTEGER AS block,
      ("group" + first_group)::UINTEGER AS row_group, first_row, "rows"
      FROM read_parquet([${files.join()}]) JOIN numbering USING (file_index)`);
  }
  if (sources.length === 0) return;
  await connection.run(
    `INSERT INTO built.extents FROM (${sources.join(" UNION ALL ")})
    ${dead ? "WHERE block NOT IN (FROM dead)" : ""} ORDER BY label, block, row_group, first_row`,
  );
}
