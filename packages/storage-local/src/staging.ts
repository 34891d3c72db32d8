import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, lstat, open, readdir, unlink } from "node:fs/promises";
import { assertChunk, type Body } from "@pocaduck/storage";
import { errno, storeError } from "./errno.ts";

export interface Staged {
  path: string;
  stats: BigIntStats;
}

/** Writes `body` to a new file in `folder` and waits until the disk has it. A failure leaves no file. */
export async function stage(
  folder: string,
  key: string,
  body: Body,
  signal: AbortSignal | undefined,
): Promise<Staged> {
  const path = `${folder}/${randomUUID()}`;
  // Only what the file system throws is translated: a body's own error belongs to the caller.
  const disk = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw storeError(key, path, error);
    });
  const file = await disk(open(path, "wx"));
  try {
    if (body instanceof Uint8Array) await disk(writeAll(file, body));
    else {
      for await (const chunk of body) {
        signal?.throwIfAborted();
        assertChunk(chunk);
        await disk(writeAll(file, chunk));
      }
    }
    signal?.throwIfAborted();
    await disk(file.sync());
    return { path, stats: await disk(file.stat({ bigint: true })) };
  } catch (error) {
    await discardStaged(path);
    throw error;
  } finally {
    await disk(file.close());
  }
}

/** What cannot be removed now, for instance since the disk went away, `sweep` removes later. */
export async function discardStaged(path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}

/** Deletes what a killed process left in `folder`: by age, since a younger file may be in use. */
export async function sweep(folder: string, olderThanMs: number): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    const path = `${folder}/${name}`;
    try {
      if (Date.now() - (await lstat(path)).mtimeMs < olderThanMs) continue;
      await unlink(path);
      swept++;
    } catch (error) {
      // Another process swept it, or put it in its place.
      if (errno(error) !== "ENOENT") throw error;
    }
  }
  return swept;
}
