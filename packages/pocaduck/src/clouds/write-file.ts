import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { CommandError } from "../cli/exit-codes.ts";

/** Writes beside `path` and renames: there is a whole file in the end, or what was there before. */
export async function writeFile(path: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
  const staged = `${path}.${randomUUID()}.part`;
  const file = await open(staged, "wx").catch((cause: Error) => {
    throw new CommandError(`cannot write ${path}: ${cause.message}`, "failed", { cause });
  });
  let size = 0;
  try {
    for await (const part of parts) {
      await file.writeFile(part);
      size += part.length;
    }
    await file.sync();
    await file.close();
    await rename(staged, path);
  } catch (error) {
    await file.close();
    await rm(staged, { force: true });
    throw error;
  }
  return size;
}
