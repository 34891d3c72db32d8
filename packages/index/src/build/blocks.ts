import type { DuckDBConnection } from "@duckdb/node-api";
import { type Axis, blockColumns, type Column } from "@pocaduck/format";
import type { BuildJob, BuiltTable } from "./job.ts";
import { TableFile } from "./table-file.ts";

const groupRows = 4096;

/** Makes `built.blocks`: a row per block number, dead ones with `live` 0. */
export async function mergeBlocks(connection: DuckDBConnection, job: BuildJob): Promise<void> {
  const columns = blockColumns(job.axes);
  const types = columns.map(({ name, type }) => `"${name}" ${sqlTypes[type] as string}`);
  await connection.run(`CREATE TABLE built.blocks (block UINTEGER, ${types.join(", ")})`);
  if (job.previous)
    await connection.run("INSERT INTO built.blocks FROM previous.blocks ORDER BY block");
  const appender = await connection.createAppender("blocks", "main", "built");
  for (const { commit, firstBlock, version } of job.commits) {
    for (const [at, block] of commit.blocks.entries()) {
      appender.appendUInteger(firstBlock + at);
      appender.appendVarchar(block.id);
      appender.appendUTinyInt(1);
      appender.appendVarchar(commit.id);
      appender.appendUInteger(at);
      appender.appendUInteger(version);
      appender.appendUInteger(block.pairs);
      appender.appendUBigInt(BigInt(block.points));
      appender.appendVarchar(block.digest);
      for (const corner of [block.min, block.max]) {
        for (const axis of job.axes.keys()) appender.appendDouble(corner?.[axis] ?? Number.NaN);
      }
      appender.endRow();
    }
  }
  appender.closeSync();
  await connection.run("UPDATE built.blocks SET live = 0 WHERE block IN (FROM dead)");
}

/** Writes `blocks.parquet` from `built.blocks`. */
export async function writeBlocks(
  connection: DuckDBConnection,
  axes: readonly Axis[],
  path: string,
): Promise<BuiltTable & { live: number }> {
  const columns = blockColumns(axes);
  const file = new TableFile(path, columns);
  const names = columns.map(({ name }) => `"${name}"`).join();
  let live = 0;
  for (let first = 0; ; first += groupRows) {
    const range = `block >= ${first} AND block < ${first + groupRows}`;
    const reader = await connection.runAndReadAll(
      `SELECT ${names} FROM built.blocks WHERE ${range} ORDER BY block`,
    );
    if (reader.currentRowCount === 0) break;
    const values = reader.getColumns() as unknown[][];
    live += (values[1] as number[]).reduce((sum, flag) => sum + flag, 0);
    file.write(
      reader.currentRowCount,
      columns.map((column, at) => asColumn(column, values[at] as never)),
    );
  }
  return { ...file.close(), live };
}

const sqlTypes: Partial<Record<Column["type"], string>> = {
  uint8: "UTINYINT",
  uint32: "UINTEGER",
  uint64: "UBIGINT",
  float64: "DOUBLE",
  string: "VARCHAR",
};

function asColumn({ type }: Column, values: (string | number | bigint)[]) {
  if (type === "string") {
    const encoder = new TextEncoder();
    const ids = new Map<string, number>();
    for (const value of values as string[]) if (!ids.has(value)) ids.set(value, ids.size);
    const texts = [...ids.keys()].map((text) => encoder.encode(text));
    const all = Int32Array.from(values as string[], (text) => ids.get(text) ?? 0);
    return { ids: all, texts, length: values.length };
  }
  if (type === "uint64") return BigUint64Array.from(values as bigint[]);
  if (type === "uint32") return Uint32Array.from(values as number[]);
  if (type === "uint8") return Uint8Array.from(values as number[]);
  return Float64Array.from(values as number[]);
}
