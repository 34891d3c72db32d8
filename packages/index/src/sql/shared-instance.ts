import { realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import { createDuckDb } from "../duckdb.ts";

interface Shared {
  users: number;
  scratch: string;
  instance: Promise<DuckDBInstance>;
}

/**
 * One DuckDB per file and process, by the file's real path. Were a file opened twice, the first handle closed
 * would take the process's lock with it.
 */
const opened = new Map<string, Shared>();

export interface InstanceLease {
  instance: DuckDBInstance;
  release(): Promise<void>;
}

/** Opens the index at `path` for reading only, out of reach of other files and the network. */
export async function leaseInstance(
  path: string,
  { memoryMb, threads }: { memoryMb: number; threads: number },
): Promise<InstanceLease> {
  const real = await realpath(path);
  let shared = opened.get(real);
  if (!shared) {
    const scratch = join(tmpdir(), `pocaduck-sql-${crypto.randomUUID()}`);
    const instance = createDuckDb(real, scratch, {
      access_mode: "READ_ONLY",
      enable_external_access: "false",
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      lock_configuration: "true",
    });
    shared = { users: 0, scratch, instance };
    opened.set(real, shared);
  }
  const mine = shared;
  mine.users++;
  const release = async (): Promise<void> => {
    if (--mine.users > 0) return;
    opened.delete(real);
    const [instance] = await Promise.allSettled([mine.instance]);
    if (instance.status === "fulfilled") instance.value.closeSync();
    await rm(mine.scratch, { recursive: true, force: true });
  };
  try {
    return { instance: await mine.instance, release };
  } catch (error) {
    await release();
    throw error;
  }
}
