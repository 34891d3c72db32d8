import { availableParallelism } from "node:os";
import { IndexError } from "../errors.ts";
import { fromDuckDb } from "./query-rows.ts";
import { leaseInstance } from "./shared-instance.ts";
import { SqlIndex } from "./sql-index.ts";

export interface OpenIndexOptions {
  /** Megabytes for sorting, grouping and caching: 512 by default. */
  memoryMb?: number | undefined;
  /** As many as the machine offers, at most 8, by default. */
  threads?: number | undefined;
  /** Called once the file is closed. */
  onClose?: (() => Promise<void>) | undefined;
}

/**
 * Opens a local `index.duckdb` for reading. Of several openers of one file in a process the first one's limits hold.
 * @throws {IndexError} `not-found`, `corrupt`.
 */
export async function openIndex(
  path: string,
  { memoryMb = 512, threads = Math.min(8, availableParallelism()), onClose }: OpenIndexOptions = {},
): Promise<SqlIndex> {
  try {
    return new SqlIndex(await leaseInstance(path, { memoryMb, threads }), onClose);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      throw new IndexError("not-found", `There is no index at ${path}`, { cause: error });
    }
    if (code !== undefined) throw error;
    throw new IndexError("corrupt", `${path}: ${fromDuckDb(error).message}`, { cause: error });
  }
}
