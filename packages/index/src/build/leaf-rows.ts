import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { LabelRuns } from "./label-runs.ts";

/** Rows of a leaf at most: 50 KB or so. */
export const leafLength = 8192;

/** The rows of one leaf, sorted by (label, block), column by column. */
export class LeafRows {
  length = 0;
  readonly labels: BigUint64Array<ArrayBuffer> = new BigUint64Array(leafLength);
  readonly blocks: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly groups: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly firstRows: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  readonly rows: Uint32Array<ArrayBuffer> = new Uint32Array(leafLength);
  /** Of the labels. */
  readonly runs: LabelRuns = new LabelRuns(leafLength);
  readonly #columns = [this.labels, this.blocks, this.groups, this.firstRows, this.rows];

  /** Takes rows of `chunk` from `start` until the leaf is full; returns where it stopped. */
  fill(chunk: DuckDBDataChunk, start: number): number {
    const end = Math.min(chunk.rowCount, start + leafLength - this.length);
    for (const [at, column] of this.#columns.entries()) {
      const part = cells(chunk, at).subarray(start, end);
      (column as { set(from: unknown, at: number): void }).set(part, this.length);
    }
    this.length += end - start;
    return end;
  }
}

/** The rows of `built.extents` in order, leaf by leaf; each is good until the next. */
export async function* leafRows(connection: DuckDBConnection): AsyncGenerator<LeafRows> {
  const result = await connection.stream("FROM built.extents");
  const leaf = new LeafRows();
  // DuckDB fetches the next part on its own thread while this one is in use.
  let ahead = result.fetchChunk();
  try {
    for (let chunk = await ahead; chunk && chunk.rowCount > 0; chunk = await ahead) {
      ahead = result.fetchChunk();
      for (let start = 0; start < chunk.rowCount; ) {
        start = leaf.fill(chunk, start);
        if (leaf.length < leafLength) break;
        yield closed(leaf);
        leaf.length = 0;
      }
    }
    if (leaf.length > 0) yield closed(leaf);
  } finally {
    // A consumer that fails closes the connection, which a fetch must not be using.
    await ahead.catch(() => undefined);
  }
}

function closed(leaf: LeafRows): LeafRows {
  leaf.runs.find(leaf.labels, leaf.length);
  return leaf;
}

/** A column as the typed array over DuckDB's own memory, which its public accessors would box cell by cell. */
function cells(chunk: DuckDBDataChunk, column: number): BigUint64Array | Uint32Array {
  return (chunk.getColumnVector(column) as unknown as { items: BigUint64Array | Uint32Array })
    .items;
}
