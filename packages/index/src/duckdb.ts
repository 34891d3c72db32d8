import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** A DuckDB that stays on this machine: no extension is ever fetched, and temporary files go to `directory`. */
export function createDuckDb(
  path: string,
  directory: string,
  settings: Record<string, string> = {},
): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    extension_directory: join(directory, "extensions"),
    temp_directory: join(directory, "spill"),
    ...settings,
  });
}

export async function openDuckDb(
  path: string,
  directory: string,
  settings?: Record<string, string>,
): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
  const instance = await createDuckDb(path, directory, settings);
  return { instance, connection: await instance.connect() };
}

/** A string as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
