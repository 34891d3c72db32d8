import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../shared");

/**
 * Folder of the golden data beside the repository, or undefined where it is absent: pass that to
 * `test.skipIf`. In CI (`CI=true`) its absence is an error instead.
 */
export const shared: string | undefined = present(join(folder, "data"));

function present(path: string): string | undefined {
  if (existsSync(path)) return path;
  if (process.env.CI === "true") throw new Error(`The golden data is missing: ${path}`);
  return undefined;
}
