import type { BigIntStats } from "node:fs";
import { link, lstat, rename, rmdir, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import {
  assertKey,
  assertRange,
  type Body,
  type ByteRange,
  type ListOptions,
  type ObjectMeta,
  resolveRange,
  type Store,
  StoreError,
  type StoreOptions,
} from "@pocaduck/storage";
import { errno, isAbsent, linkError, storeError } from "./errno.ts";
import { Folders } from "./folders.ts";
import { Handles } from "./handles.ts";
import { Reader } from "./reader.ts";
import { discardStaged, stage, sweep } from "./staging.ts";
import { walk } from "./walk.ts";

export interface LocalStoreOptions {
  /** Files kept open for the next read. Default 64. */
  openFiles?: number;
  /** Milliseconds after which an unused one is closed. Default 5000. */
  idleMs?: number;
}

const dayMs = 24 * 3600 * 1000;
/** Rounds against others who make and remove the same folder. */
const rounds = 8;

/**
 * Keeps each object in a file under `root`, which is made on the first write. A write has reached
 * the disk, its folder included, when it resolves. POSIX file systems only: needs atomic `rename`
 * and hard links. Below the root no symbolic link is followed.
 */
export class LocalStore implements Store {
  readonly root: string;
  readonly #staging: string;
  readonly #handles: Handles;
  readonly #folders: Folders;
  readonly #reader = new Reader();
  #swept = false;

  constructor(root: string, { openFiles = 64, idleMs = 5000 }: LocalStoreOptions = {}) {
    this.root = resolve(root);
    this.#staging = `${this.root}/.staging`;
    this.#handles = new Handles(openFiles, idleMs);
    this.#folders = new Folders(this.root);
  }

  /** Closes the files kept open. The store stays usable. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#handles.dropAll();
  }

  get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.getRange(key, { offset: 0, length: Number.MAX_SAFE_INTEGER }, options);
  }

  async getRange(
    key: string,
    range: ByteRange,
    { signal }: StoreOptions = {},
  ): Promise<Uint8Array | undefined> {
    assertKey(key);
    assertRange(key, range);
    signal?.throwIfAborted();
    const handle = await this.#handles.take(this.root, key);
    if (!handle) return undefined;
    try {
      const [start, end] = resolveRange(key, range, handle.size);
      const body = new Uint8Array(end - start);
      for (let at = 0; at < body.length; ) {
        const count = await this.#reader.read(handle.fd, body, at, start + at);
        if (count === 0) throw new StoreError("unavailable", key, "shrank while it was read");
        at += count;
        signal?.throwIfAborted();
      }
      return body;
    } catch (error) {
      throw storeError(key, this.#path(key), error);
    } finally {
      this.#handles.release(handle);
    }
  }

  async head(key: string, { signal }: StoreOptions = {}): Promise<ObjectMeta | undefined> {
    assertKey(key);
    signal?.throwIfAborted();
    try {
      const stats = await lstat(this.#path(key), { bigint: true });
      return stats.isFile() ? describe(key, stats) : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw storeError(key, this.#path(key), error);
    }
  }

  async *list(
    prefix: string,
    { after = "", signal }: ListOptions = {},
  ): AsyncGenerator<ObjectMeta> {
    signal?.throwIfAborted();
    for await (const { key, stats } of walk(this.root, prefix, after)) {
      yield describe(key, stats);
      signal?.throwIfAborted();
    }
  }

  async put(key: string, body: Body, { signal }: StoreOptions = {}): Promise<ObjectMeta> {
    const { stats } = await this.#write(key, body, signal, async (staged, target) => {
      await rename(staged, target);
      return true;
    });
    return describe(key, stats);
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    { signal }: StoreOptions = {},
  ): Promise<ObjectMeta | undefined> {
    const { stats, placed } = await this.#write(key, body, signal, create);
    return placed ? describe(key, stats) : undefined;
  }

  async delete(key: string, { signal }: StoreOptions = {}): Promise<void> {
    assertKey(key);
    signal?.throwIfAborted();
    this.#handles.drop(key);
    try {
      await using folder = await this.#folders.open(parent(key), key);
      const target = `${folder.path}/${name(key)}`;
      if ((await lstat(target)).isDirectory()) return;
      await unlink(target);
      await this.#removeEmpty(parent(key), key);
    } catch (error) {
      if (!isAbsent(error)) throw storeError(key, this.#path(key), error);
    }
  }

  /** Deletes staged files that no process has touched for `olderThanMs`, and tells how many. */
  async sweep(olderThanMs: number = dayMs): Promise<number> {
    try {
      return await sweep(this.#staging, olderThanMs);
    } catch (error) {
      if (isAbsent(error)) return 0;
      throw storeError(".staging", this.#staging, error);
    }
  }

  /** Folders are no objects: one without any does not stay. A rival's write makes it again. */
  async #removeEmpty(folder: string, key: string): Promise<void> {
    if (folder === "") return;
    await using above = await this.#folders.open(parent(folder), key);
    try {
      await rmdir(`${above.path}/${name(folder)}`);
    } catch (error) {
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errno(error) ?? "")) return;
      throw error;
    }
    await this.#removeEmpty(parent(folder), key);
  }

  #path(key: string): string {
    return `${this.root}/${key}`;
  }

  async #write(
    key: string,
    body: Body,
    signal: AbortSignal | undefined,
    place: (staged: string, target: string) => Promise<boolean>,
  ): Promise<{ stats: BigIntStats; placed: boolean }> {
    assertKey(key);
    signal?.throwIfAborted();
    try {
      await this.#folders.makeRoot(this.#staging);
    } catch (error) {
      throw storeError(key, this.#staging, error);
    }
    if (!this.#swept) {
      this.#swept = true;
      await this.sweep();
    }
    const { path, stats } = await stage(this.#staging, key, body, signal);
    try {
      return { stats, placed: await this.#settle(key, (target) => place(path, target)) };
    } catch (error) {
      throw storeError(key, this.#path(key), error);
    } finally {
      this.#handles.drop(key);
      await discardStaged(path);
    }
  }

  async #settle(key: string, place: (target: string) => Promise<boolean>): Promise<boolean> {
    for (let round = 1; ; round++) {
      try {
        await using folder = await this.#folders.make(parent(key), key);
        const target = `${folder.path}/${name(key)}`;
        try {
          const placed = await place(target);
          await folder.sync();
          return placed;
        } catch (error) {
          if (errno(error) !== "EISDIR") throw error;
          // Deleting objects leaves empty folders; one must not stand in the way of a key.
          await rmdir(target);
        }
      } catch (error) {
        if (errno(error) === "ENOTDIR") {
          throw new StoreError(
            "invalid-key",
            key,
            "another object stands where a folder has to be",
          );
        }
        if (errno(error) === "ENOTEMPTY") {
          throw new StoreError("invalid-key", key, "is the folder of other objects");
        }
        if (errno(error) !== "ENOENT" || round === rounds) throw error;
      }
    }
  }
}

async function create(staged: string, target: string): Promise<boolean> {
  try {
    // link, unlike rename, fails when the target exists: the file system picks the winner.
    await link(staged, target);
    return true;
  } catch (error) {
    if (errno(error) !== "EEXIST") throw linkError(error);
    if ((await lstat(target)).isDirectory())
      throw Object.assign(error as Error, { code: "EISDIR" });
    // On a network file system the link may have been made and the answer lost.
    return (await lstat(staged)).nlink === 2;
  }
}

function parent(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf("/")));
}

function name(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function describe(key: string, { size, mtimeNs, ino }: BigIntStats): ObjectMeta {
  const etag = [mtimeNs, size, ino].map((part) => part.toString(36)).join("-");
  return { key, size: Number(size), etag };
}
