import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errno } from "./errno.ts";

/**
 * Makes a folder and those above it; returns the topmost it made. Node's own way does not end where a folder that is
 * there takes no new ones and says that there is none, as `/proc` does.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if (errno(error) === "EEXIST" && (await stat(path)).isDirectory()) return undefined;
    const above = dirname(path);
    if (errno(error) !== "ENOENT" || above === path) throw error;
    const top = await makeFolder(above);
    try {
      await mkdir(path);
    } catch (again) {
      // Another process made it in between.
      if (errno(again) !== "EEXIST" || !(await stat(path)).isDirectory()) throw again;
    }
    return top ?? path;
  }
}
