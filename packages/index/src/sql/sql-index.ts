import { QueryConnection } from "./query-connection.ts";
import { queryRows, type SqlOptions, type SqlResult, type SqlValue } from "./query-rows.ts";
import type { InstanceLease } from "./shared-instance.ts";

/** The index of one version, open for SQL. */
export class SqlIndex implements AsyncDisposable {
  readonly #lease: InstanceLease;
  readonly #onClose: (() => Promise<void>) | undefined;
  readonly #queries = new Set<QueryConnection>();
  #closed = false;

  constructor(lease: InstanceLease, onClose?: () => Promise<void>) {
    this.#lease = lease;
    this.#onClose = onClose;
  }

  /**
   * Runs one statement; several may run at once. Tables are `extents` and `labels` by label, `blocks` by `block`,
   * `row_groups` by `row_group`.
   * @throws {IndexError} `invalid-query` with DuckDB's words, `corrupt`.
   */
  async query(sql: string, options: SqlOptions = {}): Promise<SqlResult> {
    if (this.#closed) throw new TypeError("Expected an open index, this one was closed");
    options.signal?.throwIfAborted();
    const connection = await this.#lease.instance.connect();
    const query = new QueryConnection(connection, () => this.#queries.delete(query));
    this.#queries.add(query);
    return queryRows(query, sql, options);
  }

  /** As {@link SqlIndex.query}, with all rows in memory. */
  async run(
    sql: string,
    options?: SqlOptions,
  ): Promise<{ columns: SqlResult["columns"]; rows: SqlValue[][] }> {
    const { columns, batches } = await this.query(sql, options);
    const rows: SqlValue[][] = [];
    for await (const batch of batches) for (const row of batch) rows.push(row);
    return { columns, rows };
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const ends = Array.from(this.#queries, (query) => {
      query.stop();
      return query.end();
    });
    await Promise.all(ends);
    await this.#lease.release();
    await this.#onClose?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
