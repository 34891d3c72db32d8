import { constants } from "node:fs";
import { lstat, mkdir, open, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreError } from "@pocaduck/storage";
import { errno } from "./errno.ts";
import { makeFolder } from "./make-folder.ts";

/** A folder held open, so that no link can be put in its place between check and use. */
export interface Folder extends AsyncDisposable {
  /** Leads to the folder itself, whatever its name means by now. */
  path: string;
  /** Waits until the disk knows the names in it. */
  sync(): Promise<void>;
}

const remembered = 10_000;

/** The folders below a root, made as needed. */
export class Folders {
  readonly #root: string;
  /** Folders whose every ancestor this process has synced. */
  #durable = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the root when absent, and in it the folder that no key reaches. */
  async makeRoot(staging: string): Promise<void> {
    if (this.#durable.has(staging)) {
      if (await isFolder(staging)) return;
      this.#durable.clear();
    }
    const made = await makeFolder(staging);
    if (!(await isFolder(staging))) {
      throw new StoreError("forbidden", ".staging", `${staging}: is a symbolic link`);
    }
    const top = dirname(made && made.length < this.#root.length ? made : this.#root);
    let path = staging;
    do {
      path = dirname(path);
      await syncPath(path);
    } while (path.length > top.length);
    this.#durable.add(staging);
  }

  /** Opens `folder`, made when absent. The disk knows it before this resolves. */
  async make(folder: string, key: string): Promise<Folder> {
    if (folder === "" || this.#durable.has(folder)) {
      try {
        return await this.open(folder, key);
      } catch (error) {
        if (errno(error) !== "ENOENT") throw error;
        this.#durable.delete(folder);
      }
    }
    const slash = folder.lastIndexOf("/");
    {
      await using parent = await this.make(folder.slice(0, Math.max(0, slash)), key);
      await mkdir(`${parent.path}/${folder.slice(slash + 1)}`).catch((error) => {
        if (errno(error) !== "EEXIST") throw error;
      });
      await parent.sync();
    }
    const made = await this.open(folder, key);
    if (this.#durable.size >= remembered) this.#durable.clear();
    this.#durable.add(folder);
    return made;
  }

  /** Opens `folder`, refusing one that a link below the root led to. */
  async open(folder: string, key: string): Promise<Folder> {
    const path = folder === "" ? this.#root : `${this.#root}/${folder}`;
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      // Linux leads from an open folder to the names in it; elsewhere the path has to do.
      const anchor = process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : path;
      const actual = await realpath(anchor);
      const top = await realpath(this.#root);
      if (actual !== (folder === "" ? top : `${top}/${folder}`)) {
        const reason = `a symbolic link leads to ${actual}; none is followed below the root`;
        throw new StoreError("forbidden", key, reason);
      }
      return {
        path: anchor,
        sync: () => handle.sync().catch(ignoreUnsyncable),
        [Symbol.asyncDispose]: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function syncPath(path: string): Promise<void> {
  try {
    await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    await folder.sync();
  } catch (error) {
    // A folder above the root need not be readable to this user.
    if (errno(error) !== "EACCES") ignoreUnsyncable(error);
  }
}

/** Some network file systems cannot sync a folder; they keep names safe by themselves, or not at all. */
function ignoreUnsyncable(error: unknown): void {
  if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(errno(error) ?? "")) throw error;
}
