import {
  type BigIntStats,
  close,
  constants,
  fstat,
  lstatSync,
  open,
  readlink,
  realpath,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { StoreError } from "@pocaduck/storage";
import { errno, isAbsent, storeError } from "./errno.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat) as (
  fd: number,
  options: { bigint: true },
) => Promise<BigIntStats>;

// O_NONBLOCK, or opening a FIFO would wait for a writer.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** An open object. Stays readable as it was, whatever happens to its name. */
export interface Handle {
  fd: number;
  size: number;
  stats: BigIntStats;
  users: number;
  /** Closed by its last user. */
  dropped: boolean;
  usedAt: number;
}

/** Open files by key, at most `limit`, each checked against the file system whenever it is taken. */
export class Handles {
  readonly #open = new Map<string, Handle>();
  readonly #limit: number;
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(limit: number, idleMs: number) {
    this.#limit = limit;
    this.#idleMs = idleMs;
  }

  /** The object as it is now, or `undefined`. Give it back with `release`. */
  async take(root: string, key: string): Promise<Handle | undefined> {
    const path = `${root}/${key}`;
    const now = present(key, path);
    if (!now) {
      this.drop(key);
      return undefined;
    }
    const known = this.#open.get(key);
    if (known && sameFile(known.stats, now)) {
      this.#open.delete(key);
      this.#open.set(key, known);
      known.users++;
      return known;
    }
    this.drop(key);
    const handle = await this.#openNew(root, key, path);
    if (handle) this.#keep(key, handle);
    return handle;
  }

  release(handle: Handle): void {
    handle.users--;
    handle.usedAt = performance.now();
    if (handle.dropped && handle.users === 0) discard(handle);
  }

  drop(key: string): void {
    const handle = this.#open.get(key);
    if (!handle) return;
    this.#open.delete(key);
    handle.dropped = true;
    if (handle.users === 0) discard(handle);
  }

  dropAll(): void {
    for (const key of [...this.#open.keys()]) this.drop(key);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #keep(key: string, handle: Handle): void {
    this.drop(key);
    this.#open.set(key, handle);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#limit) break;
      this.drop(oldest);
    }
    // An open file keeps its disk space after it is deleted, so none stays open for long.
    this.#timer ??= setInterval(() => this.#dropIdle(), this.#idleMs).unref();
  }

  #dropIdle(): void {
    const before = performance.now() - this.#idleMs;
    for (const [key, handle] of this.#open) {
      if (handle.users === 0 && handle.usedAt < before) this.drop(key);
    }
    if (this.#open.size === 0) this.dropAll();
  }

  async #openNew(root: string, key: string, path: string): Promise<Handle | undefined> {
    let fd: number;
    try {
      fd = await openFile(path, flags).catch((error) => {
        if (errno(error) !== "EMFILE" || this.#open.size === 0) throw error;
        this.dropAll();
        return openFile(path, flags);
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw storeError(key, path, error);
    }
    try {
      const stats = await statFile(fd, { bigint: true });
      if (stats.isDirectory()) {
        await closeFile(fd);
        return undefined;
      }
      if (!stats.isFile()) throw new StoreError("forbidden", key, `${path}: is not a plain file`);
      await assertInside(root, key, fd);
      return { fd, size: Number(stats.size), stats, users: 1, dropped: false, usedAt: 0 };
    } catch (error) {
      await closeFile(fd);
      throw storeError(key, path, error);
    }
  }
}

function discard(handle: Handle): void {
  // Nothing depends on it: the file was only read.
  close(handle.fd, () => undefined);
}

/** Without waiting for a thread: a stat takes microseconds where one answers a lookup. */
function present(key: string, path: string): BigIntStats | undefined {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isDirectory() ? undefined : stats;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storeError(key, path, error);
  }
}

function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.dev === b.dev;
}

const realPath = promisify(realpath.native);
const readLink = promisify(readlink);

/** Refuses a file that a link below the root led to. Looks at what is open, not at what a path means by now. */
async function assertInside(root: string, key: string, fd: number): Promise<void> {
  const expected = `${await realPath(root)}/${key}`;
  const actual =
    process.platform === "linux"
      ? (await readLink(`/proc/self/fd/${fd}`)).replace(/ \(deleted\)$/, "")
      : `${await realPath(dirname(expected))}/${key.slice(key.lastIndexOf("/") + 1)}`;
  if (actual === expected || `${actual} (deleted)` === expected) return;
  throw new StoreError("forbidden", key, `a symbolic link leads to ${actual}; none is followed`);
}
