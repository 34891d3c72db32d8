import { createHash, randomUUID } from "node:crypto";
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  assertKey,
  assertReadKey,
  type ByteRange,
  type ObjectMeta,
  resolveRange,
  type Store,
} from "@pocaduck/storage";

/** Keeps each object in a file under `root`. POSIX file systems only: it relies on atomic `rename` and `link`. */
export class LocalStore implements Store {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const body = await absent(readFile(this.#readPath(key)));
    return body && new Uint8Array(body.buffer, body.byteOffset, body.length);
  }

  async getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    const file = await absent(open(this.#readPath(key)));
    if (!file) return undefined;
    try {
      const [start, end] = resolveRange(key, range, (await file.stat()).size);
      const body = new Uint8Array(end - start);
      for (let at = 0; at < body.length; ) {
        const { bytesRead } = await file.read(body, at, body.length - at, start + at);
        if (bytesRead === 0) throw new Error(`${key}: shrank while it was read`);
        at += bytesRead;
      }
      return body;
    } finally {
      await file.close();
    }
  }

  async head(key: string): Promise<ObjectMeta | undefined> {
    const body = await this.get(key);
    return body && describe(key, body);
  }

  async *list(prefix: string, { after = "" }: { after?: string } = {}): AsyncGenerator<ObjectMeta> {
    const entries =
      (await absent(readdir(this.root, { recursive: true, withFileTypes: true }))) ?? [];
    const keys = entries
      .filter((entry) => entry.isFile() && entry.parentPath !== this.#staging)
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of keys) {
      if (!key.startsWith(prefix) || Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0)
        continue;
      const meta = await this.head(key);
      if (meta) yield meta;
    }
  }

  async put(key: string, body: Uint8Array): Promise<ObjectMeta> {
    const path = this.#path(key);
    await rename(await this.#stage(path, body), path);
    return describe(key, body);
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<ObjectMeta | undefined> {
    const path = this.#path(key);
    const staged = await this.#stage(path, body);
    try {
      // link, unlike rename, fails when the target exists: the file system picks the winner.
      await link(staged, path);
      return describe(key, body);
    } catch (error) {
      if (code(error) === "EEXIST") return undefined;
      throw error;
    } finally {
      await unlink(staged);
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #readPath(key: string): string {
    assertReadKey(key);
    return join(this.root, key);
  }

  #path(key: string): string {
    assertKey(key);
    return join(this.root, key);
  }

  /** Writes `body` where no key reaches, on the same file system as `path`. */
  async #stage(path: string, body: Uint8Array): Promise<string> {
    const staged = join(this.#staging, randomUUID());
    await mkdir(dirname(path), { recursive: true });
    await mkdir(this.#staging, { recursive: true });
    await writeFile(staged, body, { flush: true });
    return staged;
  }

  get #staging(): string {
    return join(this.root, ".staging");
  }
}

function describe(key: string, body: Uint8Array): ObjectMeta {
  return { key, size: body.length, etag: createHash("sha256").update(body).digest("base64url") };
}

async function absent<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error) => {
    if (code(error) === "ENOENT") return undefined;
    throw error;
  });
}

function code(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
