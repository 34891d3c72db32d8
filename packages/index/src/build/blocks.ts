import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { type Axis, blockColumns, type Column, type Commit } from "@pocaduck/format";
import type { BuiltTable, JobCommit } from "./job.ts";
import { TableFile } from "./table-file.ts";

const groupRows = 4096;

/** Makes `built.blocks`, a row per block number, dead ones with `live` 0, and adds the blocks of new commits. */
export class BlockAppender {
  readonly #appender: DuckDBAppender;
  readonly #axes: number;
  readonly #dead: ReadonlySet<number>;

  private constructor(appender: DuckDBAppender, axes: number, dead: ReadonlySet<number>) {
    this.#appender = appender;
    this.#axes = axes;
    this.#dead = dead;
  }

  static async create(
    connection: DuckDBConnection,
    axes: readonly Axis[],
    { previous, dead }: { previous: boolean; dead: readonly number[] },
  ): Promise<BlockAppender> {
    const columns = blockColumns(axes);
    const types = columns.map(({ name, type }) => `"${name}" ${sqlTypes[type] as string}`);
    await connection.run(`CREATE TABLE built.blocks (block UINTEGER, ${types.join(", ")})`);
    if (previous) {
      const live = "CASE WHEN block IN (FROM dead) THEN 0 ELSE live END AS live";
      await connection.run(
        `INSERT INTO built.blocks SELECT * REPLACE (${live}) FROM previous.blocks ORDER BY block`,
      );
    }
    const appender = await connection.createAppender("blocks", "main", "built");
    return new BlockAppender(appender, axes.length, new Set(dead));
  }

  add(commit: Commit, { firstBlock, version }: JobCommit): void {
    const appender = this.#appender;
    for (const [at, block] of commit.blocks.entries()) {
      const number = firstBlock + at;
      appender.appendUInteger(number);
      appender.appendVarchar(block.id);
      appender.appendUTinyInt(this.#dead.has(number) ? 0 : 1);
      appender.appendVarchar(commit.id);
      appender.appendUInteger(at);
      appender.appendUInteger(version);
      appender.appendUInteger(block.pairs);
      appender.appendUBigInt(BigInt(block.points));
      appender.appendVarchar(block.digest);
      for (const corner of [block.min, block.max]) {
        for (let axis = 0; axis < this.#axes; axis++) {
          appender.appendDouble(corner?.[axis] ?? Number.NaN);
        }
      }
      appender.endRow();
    }
  }

  close(): void {
    this.#appender.closeSync();
  }
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
