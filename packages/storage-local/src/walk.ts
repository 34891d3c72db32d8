import type { BigIntStats, Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { compareKeys, keyFault } from "@pocaduck/storage";
import { isAbsent, storeError } from "./errno.ts";

export interface Found {
  key: string;
  stats: BigIntStats;
}

interface Entry {
  /** Of a file its key, of a folder its path with a slash at the end: so both sort by key. */
  key: string;
  isFolder: boolean;
}

const batch = 64;

/**
 * Files below `root` whose key starts with `prefix` and is greater than `after`, in the order of
 * keys. Holds the names of one folder per level, and looks into no folder it can skip.
 */
export async function* walk(root: string, prefix: string, after: string): AsyncGenerator<Found> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (folder !== "" && keyFault(folder.slice(0, -1))) return;
  yield* walkFolder(root, folder, prefix, after);
}

async function* walkFolder(
  root: string,
  folder: string,
  prefix: string,
  after: string,
): AsyncGenerator<Found> {
  const entries = await readEntries(root, folder, prefix, after);
  for (let i = 0; i < entries.length; ) {
    const files: Entry[] = [];
    let entry = entries[i];
    while (entry && !entry.isFolder && files.length < batch) {
      files.push(entry);
      entry = entries[++i];
    }
    const found = await Promise.all(files.map((file) => look(root, file.key)));
    for (const [at, stats] of found.entries()) {
      if (stats?.isFile()) yield { key: files[at]?.key ?? "", stats };
    }
    if (entry?.isFolder) {
      i++;
      yield* walkFolder(root, entry.key, prefix, after);
    }
  }
}

async function readEntries(
  root: string,
  folder: string,
  prefix: string,
  after: string,
): Promise<Entry[]> {
  const path = folder === "" ? root : `${root}/${folder.slice(0, -1)}`;
  let names: Dirent[];
  try {
    if (folder !== "" && !(await lstat(path)).isDirectory()) return [];
    names = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw storeError(folder, path, error);
  }
  const entries: Entry[] = [];
  for (const name of names) {
    const isFolder = name.isDirectory();
    const key = folder + name.name + (isFolder ? "/" : "");
    // Not name.isFile(): some file systems do not tell, and a stat follows anyway.
    if (name.isSymbolicLink() || keyFault(folder + name.name)) continue;
    const inPrefix = key.startsWith(prefix) || (isFolder && prefix.startsWith(key));
    const isLater = compareKeys(key, after) > 0 || (isFolder && after.startsWith(key));
    if (inPrefix && isLater) entries.push({ key, isFolder });
  }
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

async function look(root: string, key: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(`${root}/${key}`, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storeError(key, `${root}/${key}`, error);
  }
}
