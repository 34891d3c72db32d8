import type { DuckDBConnection } from "@duckdb/node-api";

/** Milliseconds between interrupts: one that comes before the query has begun is lost. */
const patience = 20;

/** The connection of one query: it can be stopped at any time, and is closed only when nothing runs on it. */
export class QueryConnection {
  readonly connection: DuckDBConnection;
  readonly #onEnd: () => void;
  #running: Promise<unknown> = Promise.resolve();
  #stopping: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(connection: DuckDBConnection, onEnd: () => void) {
    this.connection = connection;
    this.#onEnd = onEnd;
  }

  /** Does one step of the query; steps come one after another. */
  run<T>(step: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new TypeError("Expected an open index, this one was closed");
    const running = step();
    this.#running = running.catch(() => undefined);
    return running;
  }

  /** Makes the step that runs, if any, fail soon. */
  stop(): void {
    this.connection.interrupt();
    this.#stopping ??= setInterval(() => this.connection.interrupt(), patience);
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#running;
    clearInterval(this.#stopping);
    this.connection.closeSync();
    this.#onEnd();
  }
}
