import type { Schema } from "apache-arrow";
import { Api, type CallOptions, drain, noTransaction, tabular } from "./api.ts";
import { VastError } from "./errors.ts";
import type { TableInfo } from "./flatbuffers.ts";
import type { TableRef } from "./names.ts";
import { ifTransient, type RetryOptions, withRetry } from "./retry.ts";
import type { SliceLimits } from "./slices.ts";
import { type CommitOptions, VastTransaction } from "./transaction.ts";
import { Transport, type TransportOptions } from "./transport.ts";

export type VastOptions = TransportOptions & {
  retry?: RetryOptions;
  limits?: SliceLimits;
  /** How often an open transaction is kept from expiring; 60 s by default. */
  keepAliveMs?: number;
};

/** Sends nothing; the first call does. */
export function connectVast(options: VastOptions): VastClient {
  return new VastClient(options);
}

/** Failures are a {@link VastError}; an abort rejects with the signal's reason. */
export class VastClient {
  readonly #transport: Transport;
  readonly #api: Api;
  readonly #options: VastOptions;

  constructor(options: VastOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.#api = new Api(this.#transport, options.retry);
  }

  /**
   * The server's version.
   * @throws {VastError} `unsupported` when something else answers there.
   */
  probe(options?: CallOptions): Promise<string> {
    return this.#api.probe(options);
  }

  /** @throws {VastError} `not-found` */
  async assertBucket(bucket: string, options?: CallOptions): Promise<void> {
    if (await this.#api.bucketExists(bucket, options)) return;
    throw new VastError("not-found", `there is no bucket ${JSON.stringify(bucket)}`);
  }

  /** What is committed of a table; nothing when it is absent. */
  async table(ref: TableRef, options?: CallOptions): Promise<TableInfo | undefined> {
    return (await this.#api.tables(noTransaction, ref, options))[0];
  }

  /**
   * Creates a table with its schema, in a transaction of its own, or checks the one that is there; many may do so
   * at once.
   * @throws {VastError} `schema-mismatch`
   */
  async ensureTable(ref: TableRef, schema: Schema, options: CallOptions = {}): Promise<void> {
    const create = () =>
      this.transact(async (transaction) => {
        await transaction.ensureSchema(ref.bucket, ref.schema);
        await transaction.ensureTable(ref, schema);
      }, options);
    // A rival's table is seen once its transaction has ended, and our own when only the answer was lost.
    const mayBeThere = ({ code }: VastError) => code === "conflict" || code === "unknown-outcome";
    await withRetry(create, mayBeThere, this.#options.retry, options.signal);
  }

  /** Roll it back or commit it; `await using` does the former for who forgets. */
  async begin(options: CallOptions = {}): Promise<VastTransaction> {
    const request = {
      method: "POST",
      path: "/",
      command: "transaction",
      headers: tabular(noTransaction),
    } as const;
    const txid = await this.#api.call(
      request,
      ifTransient,
      async (response) => {
        await drain(response);
        return String(response.headers["tabular-txid"] ?? "");
      },
      options,
    );
    if (!/^\d{1,20}$/.test(txid)) throw new VastError("corrupt", "begin: no transaction id");
    const { limits, keepAliveMs } = this.#options;
    return new VastTransaction(this.#api, txid, {
      ...options,
      ...(limits && { limits }),
      ...(keepAliveMs !== undefined && { keepAliveMs }),
    });
  }

  /**
   * Runs `work` in a transaction of its own and commits it. Whatever `work` throws rolls back and is thrown; what
   * then goes wrong with the rollback is its `cause`.
   */
  async transact<T>(
    work: (transaction: VastTransaction) => Promise<T>,
    options: CallOptions & CommitOptions = {},
  ): Promise<T> {
    const transaction = await this.begin(options);
    try {
      const result = await work(transaction);
      await transaction.commit(options);
      return result;
    } catch (error) {
      await transaction.rollback().catch((failure: unknown) => attach(error, failure));
      throw error;
    }
  }

  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function attach(error: unknown, failure: unknown): void {
  if (!(error instanceof Error)) return;
  const both = "the transaction failed, and its rollback too";
  error.cause =
    error.cause === undefined ? failure : new AggregateError([error.cause, failure], both);
}
