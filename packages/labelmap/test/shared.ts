import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../../../shared");
const data = join(root, "data/dvid");

/** Whether the golden data lie beside the repository; CI has to have them. */
export const shared: boolean = existsSync(data) || process.env.CI === "true";

export function sharedBytes(...path: string[]): Buffer {
  return readFileSync(join(data, ...path));
}

export function sharedJson<T>(...path: string[]): T {
  return JSON.parse(sharedBytes(...path).toString("utf8")) as T;
}
