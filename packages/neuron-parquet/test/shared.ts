import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../../../shared");
const data = join(root, "data/neurons");

/** Whether the golden data lie beside the repository; CI has to have them. */
export const shared: boolean = existsSync(data) || process.env.CI === "true";

export function golden(...path: string[]): string {
  return join(data, ...path);
}

export function expected<T>(folder: string): T {
  return JSON.parse(readFileSync(golden(folder, "expected.json"), "utf8")) as T;
}
