import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ObjectRef } from "@pocaduck/format";
import { type ReadableStore, type StoreOptions, stream } from "@pocaduck/storage";
import { literal, openDuckDb } from "./duckdb.ts";
import { IndexError } from "./errors.ts";

export interface SqlResult {
  names: string[];
  /** 64-bit integers are bigints. */
  rows: unknown[][];
}

/** The index of a version, open for SQL: tables `labels`, `extents`, `blocks`, `row_groups`. */
export interface IndexSql extends AsyncDisposable {
  /** @throws {IndexError} `invalid-query` with what DuckDB says of it. */
  run(query: string): Promise<SqlResult>;
}

/** Copies `index.duckdb` to the local disk, checks it, and opens the copy; it is removed on disposal. */
export async function openSql(
  store: ReadableStore,
  ref: ObjectRef,
  { signal }: StoreOptions = {},
): Promise<IndexSql> {
  const directory = await mkdtemp(join(tmpdir(), "pocaduck-sql-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const path = join(directory, "index.duckdb");
    await download(store, ref, path, { signal });
    const { instance, connection } = await openDuckDb(":memory:", directory);
    await connection.run(`ATTACH ${literal(path)} AS dataset (READ_ONLY)`);
    await connection.run("USE dataset");
    // From here on a query reaches nothing but the index.
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
    return {
      async run(query) {
        signal?.throwIfAborted();
        const reader = await connection.runAndReadAll(query).catch((cause: Error) => {
          throw new IndexError("invalid-query", cause.message, { cause });
        });
        return { names: reader.columnNames(), rows: reader.getRowsJS() };
      },
      async [Symbol.asyncDispose]() {
        connection.closeSync();
        instance.closeSync();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function download(
  store: ReadableStore,
  { key, sha256 }: ObjectRef,
  path: string,
  options: StoreOptions,
): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  try {
    for await (const part of stream(store, key, options)) {
      hash.update(part);
      await file.writeFile(part);
    }
  } finally {
    await file.close();
  }
  const found = hash.digest("hex");
  if (found !== sha256) {
    throw new IndexError("corrupt", `"${key}": has SHA-256 ${found}, its version says ${sha256}`);
  }
}
