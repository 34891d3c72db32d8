import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { cannotWrite } from "./cannot-write.ts";

/**
 * Writes beside `path` and renames: there is a whole file in the end, or what was there before. Into a pipe or a device
 * it writes straight.
 */
export async function writeFile(path: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
  // Only what the file system says is told as such: an error of `parts` is another matter.
  const disk = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: NodeJS.ErrnoException) => {
      throw cannotWrite(path, cause);
    });
  const isStream = await disk(refuseFolder(path));
  const staged = isStream ? path : `${path}.${randomUUID()}.part`;
  const file = await disk(open(staged, isStream ? "w" : "wx"));
  let size = 0;
  try {
    for await (const part of parts) {
      await disk(file.writeFile(part));
      size += part.length;
    }
    if (!isStream) await disk(file.sync());
    await file.close();
    if (!isStream) await disk(rename(staged, path));
  } catch (error) {
    await file.close();
    if (!isStream) await rm(staged, { force: true });
    throw error;
  }
  return size;
}

/** Before anything is read: else the rename at the end would be the first to say so. Tells of pipes and devices. */
async function refuseFolder(path: string): Promise<boolean> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there?.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
  return there !== undefined && !there.isFile();
}
