import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { LabelRuns } from "./label-runs.ts";

/** Rows of a leaf at most: 50 KB or so. */
export const leafLength = 8192;

/** Rows for the next leaf, sorted by (label, block), column by column. */
export class LeafRows {
  length = 0;
  /** How many of them the leaf took: the others are the first of the next one. */
  end = 0;
  readonly labels: BigUint64Array<ArrayBuffer> = new BigUint64Array(leafLength);
  readonly blocks: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly groups: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly firstRows: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly rows: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  /** Of the labels that the leaf took. */
  readonly runs: LabelRuns = new LabelRuns(leafLength);
  readonly #columns = [this.labels, this.blocks, this.groups, this.firstRows, this.rows];

  /** Takes rows of `chunk` from `start` while there is room; returns where it stopped. */
  fill(chunk: DuckDBDataChunk, start: number): number {
    const end = Math.min(chunk.rowCount, start + leafLength - this.length);
    for (const [at, column] of this.#columns.entries()) {
      const part = cells(chunk, at).subarray(start, end);
      (column as { set(from: unknown, at: number): void }).set(part, this.length);
    }
    this.length += end - start;
    return end;
  }

  /** Drops the rows that the leaf took. */
  drop(): void {
    for (const column of this.#columns) column.copyWithin(0, this.end, this.length);
    this.length -= this.end;
  }
}

/** The rows of `built.extents` in order; the consumer says by `end` how many of them it took. */
export async function* leafRows(connection: DuckDBConnection): AsyncGenerator<LeafRows> {
  const result = await connection.stream("FROM built.extents");
  const leaf = new LeafRows();
  // DuckDB fetches the next part on its own thread while this one is in use.
  let ahead = result.fetchChunk();
  try {
    for (let chunk = await ahead; chunk && chunk.rowCount > 0; chunk = await ahead) {
      ahead = result.fetchChunk();
      for (let start = leaf.fill(chunk, 0); leaf.length === leafLength; ) {
        yield leaf;
        leaf.drop();
        start = leaf.fill(chunk, start);
      }
    }
    while (leaf.length > 0) {
      yield leaf;
      leaf.drop();
    }
  } finally {
    // A consumer that fails closes the connection, which a fetch must not be using.
    await ahead.catch(() => undefined);
  }
}

/** A column as the typed array over DuckDB's own memory, which its public accessors would box cell by cell. */
function cells(chunk: DuckDBDataChunk, column: number): BigUint64Array | Uint32Array {
  return (chunk.getColumnVector(column) as unknown as { items: BigUint64Array | Uint32Array })
    .items;
}
