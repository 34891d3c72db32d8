import type { DuckDBResult } from "@duckdb/node-api";
import { IndexError } from "../errors.ts";
import { bindParameters, type SqlParameters } from "./parameters.ts";
import type { QueryConnection } from "./query-connection.ts";

/** 64-bit and wider integers are bigints, timestamps and dates are Dates. */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | SqlValue[]
  | { [name: string]: SqlValue };

export interface SqlResult {
  /** Types as DuckDB spells them. */
  columns: { name: string; type: string }[];
  /** Rows, some thousands at a time as they come; to be read once, at most. */
  batches: AsyncIterable<SqlValue[][]>;
}

export interface SqlOptions {
  parameters?: SqlParameters | undefined;
  /** Ends the query, also while its rows are read. */
  signal?: AbortSignal | undefined;
}

/** Runs a query; the connection ends when its rows are read, dropped or failed. */
export async function queryRows(
  query: QueryConnection,
  sql: string,
  { parameters = [], signal }: SqlOptions,
): Promise<SqlResult> {
  const stop = (): void => query.stop();
  signal?.addEventListener("abort", stop);
  const end = (): Promise<void> => {
    signal?.removeEventListener("abort", stop);
    return query.end();
  };
  try {
    const result = await query.run(async () => {
      const statement = await query.connection.prepare(sql);
      bindParameters(statement, parameters);
      signal?.throwIfAborted();
      return statement.stream();
    });
    const types = result.columnTypes();
    const columns = result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
    return { columns, batches: batchesOf(query, result, signal, end) };
  } catch (error) {
    await end();
    throw refused(error, signal);
  }
}

async function* batchesOf(
  query: QueryConnection,
  result: DuckDBResult,
  signal: AbortSignal | undefined,
  end: () => Promise<void>,
): AsyncGenerator<SqlValue[][]> {
  const batches = result.yieldRowsJs();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await query.run(() => batches.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw refused(error, signal);
  } finally {
    await end();
  }
}

function refused(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) {
    return error;
  }
  return error instanceof IndexError ? error : fromDuckDb(error);
}

/** A failure of DuckDB's as one of ours: of the file, or else of the query. */
export function fromDuckDb(cause: Error): IndexError {
  const damaged = /corrupt|checksum|not a valid DuckDB|INTERNAL Error|Serialization Error/i;
  const code = damaged.test(cause.message) ? "corrupt" : "invalid-query";
  // It calls the database by the name of a file that its user never saw.
  const message = cause.message.replace(
    / on database "[^"]*" which is attached in read-only mode!?/,
    ": an index can only be read",
  );
  return new IndexError(code, message, { cause });
}
