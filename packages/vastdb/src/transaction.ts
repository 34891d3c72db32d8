import { type RecordBatch, type Schema, Table } from "apache-arrow";
import { type Api, type CallOptions, drain, tabular } from "./api.ts";
import { isVastError, VastError } from "./errors.ts";
import { encodeCreateSchema, encodeImport, type S3File, type TableInfo } from "./flatbuffers.ts";
import { assertImported } from "./import-reply.ts";
import { KeepAlive } from "./keep-alive.ts";
import { pathOf, type TableRef } from "./names.ts";
import { ifTransient, ifUntouched } from "./retry.ts";
import { type SliceLimits, slices } from "./slices.ts";
import { assertSameColumns, assertTableSchema, encodeTableSchema } from "./table-schema.ts";
import type { VastRequest } from "./transport.ts";

/** The server's own limit for one import. */
const filesPerImport = 10;
/** An import answers while it works, perhaps for long. */
const importTimeoutMs = 3_600_000;

type Settings = CallOptions & { limits?: SliceLimits; keepAliveMs?: number };

export type CommitOptions = {
  /** Names what is committed, in the error for a commit whose answer was lost. */
  label?: string;
  /** Asked once that happened: whether the rows are there, or nothing if that cannot be told. */
  confirm?: () => Promise<boolean | undefined>;
};

/** What is written is seen by others at the commit, all at once. Calls follow one another. */
export class VastTransaction implements AsyncDisposable {
  readonly id: string;
  readonly #api: Api;
  readonly #settings: Settings;
  readonly #keepAlive: KeepAlive;
  #open = true;
  #broken: unknown;

  constructor(api: Api, id: string, settings: Settings) {
    this.id = id;
    this.#api = api;
    this.#settings = settings;
    this.#keepAlive = new KeepAlive(
      (signal) => {
        const request = { method: "GET", path: "/", command: "transaction" } as const;
        return this.#api.call({ ...request, headers: tabular(id) }, ifTransient, drain, { signal });
      },
      (error) => {
        this.#broken ??= error;
      },
      settings,
    );
  }

  /** Creates a schema and its parents where they are absent. */
  async ensureSchema(bucket: string, schema: string): Promise<void> {
    const parts = schema.split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const name = parts.slice(0, depth).join("/");
      const exists = () => this.#api.schemaExists(this.id, bucket, name, this.#settings);
      const path = pathOf({ bucket, schema: name });
      if (await exists()) continue;
      await this.#create(
        { method: "POST", path, command: "schema", body: encodeCreateSchema() },
        exists,
      );
    }
  }

  /**
   * Creates a table, or checks that the one which is there has these columns.
   * @throws {VastError} `schema-mismatch`
   */
  async ensureTable(ref: TableRef, schema: Schema): Promise<void> {
    assertTableSchema(schema);
    const exists = async () => (await this.table(ref)) !== undefined;
    const path = pathOf(ref);
    if (!(await exists())) {
      const body = encodeTableSchema(schema);
      await this.#create({ method: "POST", path, command: "table", body }, exists);
    }
    // Whoever won a race made this table, so it is compared in every case.
    assertSameColumns(path, schema, await this.columns(ref));
  }

  async table(ref: TableRef): Promise<TableInfo | undefined> {
    this.#assertUsable();
    return (await this.#api.tables(this.id, ref, this.#settings))[0];
  }

  columns(ref: TableRef): Promise<Schema> {
    this.#assertUsable();
    return this.#api.columns(this.id, ref, this.#settings);
  }

  /**
   * Inserts all rows, in as many requests as the limits ask for. An insert cannot be told from its repetition, so
   * one whose answer was lost is not sent again: the transaction is then good for a rollback only.
   */
  async insert(ref: TableRef, rows: RecordBatch | Table): Promise<void> {
    this.#assertUsable();
    assertTableSchema(rows.schema);
    const path = pathOf(ref);
    for (const batch of rows instanceof Table ? rows.batches : [rows]) {
      for (const { body } of slices(batch, this.#settings.limits)) {
        await this.#breaking(() =>
          this.#send({ method: "POST", path, command: "rows", body }, ifUntouched),
        );
      }
    }
  }

  /**
   * Adds the rows of Parquet files that lie on the same cluster. The server remembers what it imported, so that,
   * unlike an insert, this may be repeated.
   */
  async importParquet(ref: TableRef, files: readonly S3File[]): Promise<void> {
    this.#assertUsable();
    const path = pathOf(ref);
    for (let start = 0; start < files.length; start += filesPerImport) {
      const some = files.slice(start, start + filesPerImport);
      const request: VastRequest = {
        method: "POST",
        path,
        command: "data",
        headers: { ...tabular(this.id), "tabular-case-sensitive": "True" },
        body: encodeImport(some),
        timeoutMs: importTimeoutMs,
      };
      await this.#breaking(() =>
        this.#api.call(
          request,
          ifTransient,
          ({ body }) => assertImported(some, body),
          this.#settings,
        ),
      );
    }
  }

  /**
   * @throws {VastError} `unknown-outcome` when the answer was lost and nobody can tell; any other code says that
   * nothing was committed.
   */
  async commit({ label, confirm }: CommitOptions = {}): Promise<void> {
    this.#assertUsable();
    await this.#keepAlive.stop();
    this.#assertUsable();
    this.#open = false;
    let lost = false;
    try {
      await this.#send({ method: "PUT", path: "/", command: "transaction" }, (error) => {
        lost ||= error.mayHaveActed;
        return ifTransient(error);
      });
    } catch (cause) {
      // A refused repetition proves nothing about the first try, whose answer was lost.
      lost ||= !isVastError(cause) || cause.mayHaveActed;
      if (!lost) {
        this.#open = true;
        throw cause;
      }
      const committed = await confirm?.().catch(() => undefined);
      if (committed === true) return;
      const what =
        label === undefined ? `transaction ${this.id}` : `${label}, transaction ${this.id}`;
      if (committed === false) {
        throw new VastError("must-roll-back", `${what}: the commit did not come to pass`, {
          cause,
        });
      }
      const reason = `${what}: the answer to the commit was lost; look whether its rows are there`;
      throw new VastError("unknown-outcome", reason, { mayHaveActed: true, cause });
    }
  }

  /** Does nothing to a transaction that has ended; one that the server no longer knows counts as rolled back. */
  async rollback(): Promise<void> {
    await this.#keepAlive.stop();
    if (!this.#open) return;
    this.#open = false;
    const request: VastRequest = { method: "DELETE", path: "/", command: "transaction" };
    const headers = tabular(this.id);
    // Not stopped by the caller's signal, which may be why it is rolled back.
    await this.#api.call({ ...request, headers }, ifTransient, drain).catch((error: unknown) => {
      if (!isVastError(error, "not-found")) throw error;
    });
  }

  /** A rollback that fails here leaves the transaction to expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback().catch((error: unknown) => process.emitWarning(String(error)));
  }

  /** A create that met a rival, or whose answer was lost, is settled by looking. */
  async #create(request: VastRequest, exists: () => Promise<boolean>): Promise<void> {
    try {
      await this.#send(request, ifUntouched);
    } catch (error) {
      const unsure = isVastError(error) && (error.code === "conflict" || error.mayHaveActed);
      if (!unsure || !(await exists())) throw error;
    }
  }

  #send(request: VastRequest, again = ifTransient): Promise<void> {
    const headers = tabular(this.id);
    return this.#api.call({ ...request, headers }, again, drain, this.#settings);
  }

  async #breaking(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  #assertUsable(): void {
    if (!this.#open) throw new VastError("must-roll-back", `transaction ${this.id} has ended`);
    if (this.#broken === undefined) return;
    const reason = `transaction ${this.id} can only be rolled back, since a request in it failed`;
    throw new VastError("must-roll-back", reason, { cause: this.#broken });
  }
}
