import { rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

const kept = new Set(["ENOENT", "ENOTEMPTY", "EEXIST"]);

/** Notes which folders a store at `root` on a disk would make; the answer removes those again that are empty. */
export async function madeFolders(root: string): Promise<() => Promise<void>> {
  const absent: string[] = [];
  for (let path = join(resolve(root), ".staging"); await isAbsent(path); path = dirname(path))
    absent.push(path);
  return async () => {
    for (const path of absent) {
      await rmdir(path).catch((error: NodeJS.ErrnoException) => {
        if (!kept.has(error.code ?? "")) throw error;
      });
    }
  };
}

async function isAbsent(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}
