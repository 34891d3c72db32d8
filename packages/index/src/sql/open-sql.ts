import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { ObjectRef } from "@pocaduck/format";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { downloadIndex } from "../download.ts";
import { scratchFolder } from "../scratch-folder.ts";
import { openIndex } from "./open-index.ts";
import type { SqlIndex } from "./sql-index.ts";

/**
 * Copies an `index.duckdb` to the local disk and opens the copy, which closing removes.
 * @throws {FormatError} `corrupt` when the object is gone or not what `ref` says.
 */
export async function openSql(
  store: ReadableStore,
  ref: ObjectRef,
  options: StoreOptions = {},
): Promise<SqlIndex> {
  const directory = await scratchFolder(tmpdir(), "sql");
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const path = await downloadIndex(store, ref, directory, options);
    return await openIndex(path, { onClose: remove });
  } catch (error) {
    await remove();
    throw error;
  }
}
