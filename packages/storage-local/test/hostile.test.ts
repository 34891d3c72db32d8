import { execFileSync } from "node:child_process";
import {
  chmod,
  link,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStoreError, type ObjectMeta, type StoreErrorCode } from "@pocaduck/storage";
import { describe, expect, test } from "vitest";
import { LocalStore } from "../src/index.ts";

const hello = new TextEncoder().encode("hello");

interface Place extends AsyncDisposable {
  path: string;
  store: LocalStore;
}

async function place(): Promise<Place> {
  const folder = await mkdtempDisposable(join(tmpdir(), "storage-local-"));
  const path = join(folder.path, "root");
  const store = new LocalStore(path);
  await store.put("first", hello);
  return {
    path,
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

async function keys(items: AsyncIterable<ObjectMeta>): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of items) found.push(key);
  return found;
}

async function expectCode(work: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await expect(work).rejects.toSatisfy((error) => isStoreError(error, code));
}

test("a link that leaves the root is followed by no method", async () => {
  await using at = await place();
  const outside = join(at.path, "..", "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  await symlink(join(outside, "secret"), join(at.path, "file"));
  await symlink(outside, join(at.path, "folder"));
  await expectCode(at.store.get("file"), "forbidden");
  await expectCode(at.store.get("folder/secret"), "forbidden");
  await expectCode(at.store.put("folder/new", hello), "forbidden");
  await expectCode(at.store.putIfAbsent("folder/deep/new", hello), "forbidden");
  await expectCode(at.store.delete("folder/secret"), "forbidden");
  expect(await keys(at.store.list(""))).toEqual(["first"]);
  expect(await keys(at.store.list("folder/"))).toEqual([]);
  expect(await readdir(outside)).toEqual(["secret"]);
});

test("put replaces a link instead of writing through it", async () => {
  await using at = await place();
  const target = join(at.path, "..", "target");
  await writeFile(target, "old");
  await symlink(target, join(at.path, "file"));
  await at.store.put("file", hello);
  expect(await readFile(target, "utf8")).toBe("old");
  expect(await at.store.get("file")).toEqual(hello);
});

test("a folder swapped for a link while reads and writes go on never lets them out", async () => {
  await using at = await place();
  const outside = join(at.path, "..", "outside");
  await mkdir(outside);
  await writeFile(join(outside, "a"), "secret");
  await at.store.put("folder/a", hello);
  let done = false;
  const folder = join(at.path, "folder");
  const swap = (async () => {
    for (let i = 0; i < 60; i++) {
      // The store may make the missing folder again at any step.
      await rename(folder, join(outside, "..", `old-${i}`)).catch(() => undefined);
      await symlink(outside, folder).catch(() => undefined);
      await rm(folder).catch(() => undefined);
      await mkdir(folder).catch(() => undefined);
      await writeFile(join(folder, "a"), hello).catch(() => undefined);
    }
  })().finally(() => {
    done = true;
  });
  while (!done) {
    await using store = new LocalStore(at.path);
    const [body] = await Promise.allSettled([
      store.get("folder/a"),
      store.put(`folder/${Math.random()}`, hello),
    ]);
    if (body.status === "fulfilled" && body.value?.length) expect(body.value).toEqual(hello);
  }
  await swap;
  expect(await readdir(outside)).toEqual(["a"]);
});

test("the root may be a link itself", async () => {
  await using at = await place();
  const alias = join(at.path, "..", "alias");
  await symlink(at.path, alias);
  await using store = new LocalStore(alias);
  await store.put("b/c", hello);
  expect(await store.get("first")).toEqual(hello);
  expect(await keys(at.store.list(""))).toEqual(["b/c", "first"]);
});

test("what is no plain file is refused or absent, and never waited for", async () => {
  await using at = await place();
  execFileSync("mkfifo", [join(at.path, "fifo")]);
  await expectCode(at.store.get("fifo"), "forbidden");
  expect(await at.store.head("fifo")).toBeUndefined();
  expect(await keys(at.store.list(""))).toEqual(["first"]);
});

test("hard links are objects like others, and a put changes only one of them", async () => {
  await using at = await place();
  await link(join(at.path, "first"), join(at.path, "second"));
  await at.store.put("second", new Uint8Array(2));
  expect(await at.store.get("first")).toEqual(hello);
});

test("names that are no keys are not listed", async () => {
  await using at = await place();
  await writeFile(join(at.path, "new\nline"), "");
  await writeFile(join(at.path, ".zarray"), "{}");
  expect(await keys(at.store.list(""))).toEqual([".zarray", "first"]);
  expect(await at.store.get(".zarray")).toEqual(new TextEncoder().encode("{}"));
});

test("an open file is not mistaken for the one that another process put in its place", async () => {
  await using at = await place();
  await using other = new LocalStore(at.path);
  expect(await at.store.get("first")).toEqual(hello);
  await other.put("first", new Uint8Array([1, 2, 3, 4, 5]));
  expect(await at.store.get("first")).toEqual(new Uint8Array([1, 2, 3, 4, 5]));
  await other.delete("first");
  expect(await at.store.get("first")).toBeUndefined();
  expect(await at.store.head("first")).toBeUndefined();
});

test("a file that shrinks under a read is an error, never padding", async () => {
  await using at = await place();
  await at.store.put("big", new Uint8Array(100_000));
  await at.store.get("big");
  await truncate(join(at.path, "big"), 10);
  expect((await at.store.get("big"))?.length).toBe(10);
});

test("no more files stay open than allowed, and none after disposal", async () => {
  await using at = await place();
  const store = new LocalStore(at.path, { openFiles: 4, idleMs: 20 });
  const open = async (): Promise<number> => {
    const links = await readdir("/proc/self/fd");
    return links.length;
  };
  for (let i = 0; i < 40; i++) await store.put(`n/${i}`, hello);
  const before = await open();
  for (let i = 0; i < 40; i++) await store.get(`n/${i}`);
  expect(await open()).toBeLessThanOrEqual(before + 5);
  await expect.poll(open, { timeout: 3000 }).toBeLessThanOrEqual(before);
  for (let i = 0; i < 40; i++) await store.get(`n/${i}`);
  await store[Symbol.asyncDispose]();
  await expect.poll(open, { timeout: 3000 }).toBeLessThanOrEqual(before);
});

test("many reads at once of one file share it, and survive its eviction", async () => {
  await using at = await place();
  await using store = new LocalStore(at.path, { openFiles: 1 });
  await store.put("a", new Uint8Array(300_000).fill(1));
  await store.put("b", new Uint8Array(300_000).fill(2));
  const reads = Array.from({ length: 100 }, (_, i) => store.get(i % 2 ? "a" : "b"));
  for (const [i, body] of (await Promise.all(reads)).entries()) {
    expect(body?.every((byte) => byte === (i % 2 ? 1 : 2))).toBe(true);
  }
});

test("a range beyond 4 GiB of a sparse file is exact", async () => {
  await using at = await place();
  const offset = 5 * 2 ** 30;
  await truncate(join(at.path, "first"), offset);
  await writeFile(join(at.path, "first"), "tail", { flag: "a" });
  const body = await at.store.getRange("first", { offset: offset - 1, length: 9 });
  expect(body).toEqual(new TextEncoder().encode("\0tail"));
  expect(await at.store.getRange("first", { suffixLength: 4 })).toEqual(
    new TextEncoder().encode("tail"),
  );
});

test("staged files are hidden, and swept by age alone", async () => {
  await using at = await place();
  const staging = join(at.path, ".staging");
  await writeFile(join(staging, "young"), "");
  await writeFile(join(staging, "old"), "");
  await utimes(join(staging, "old"), 0, 0);
  expect(await keys(at.store.list(""))).toEqual(["first"]);
  expect(await at.store.sweep()).toBe(1);
  expect(await readdir(staging)).toEqual(["young"]);
  await utimes(join(staging, "young"), 0, 0);
  await using fresh = new LocalStore(at.path);
  await fresh.put("second", hello);
  expect(await readdir(staging)).toEqual([]);
});

test("a root removed meanwhile is made again", async () => {
  await using at = await place();
  await at.store.put("a/b/c", hello);
  await rm(at.path, { recursive: true });
  expect(await at.store.get("a/b/c")).toBeUndefined();
  expect(await keys(at.store.list(""))).toEqual([]);
  await at.store.put("a/b/c", hello);
  expect(await at.store.get("a/b/c")).toEqual(hello);
});

describe("as a user without rights", () => {
  const isRoot = process.getuid?.() === 0;
  const probe = join(import.meta.dirname, "probe.ts");
  const run = (path: string, action: string): string =>
    execFileSync(process.execPath, [probe, path, action], {
      encoding: "utf8",
      ...(isRoot ? { uid: 65534, gid: 65534 } : {}),
    }).trim();

  test("unreadable and unwritable folders and files give one clear error", async () => {
    await using at = await place();
    await chmod(join(at.path, ".."), 0o755);
    await at.store.put("closed/a", hello);
    const folders = ["closed", ".staging", "."].map((name) => join(at.path, name));
    await chmod(join(at.path, "first"), 0o000);
    await chmod(join(at.path, "closed"), 0o000);
    try {
      expect(run(at.path, "get first")).toMatch(/^forbidden .*first: this user has no permission/);
      expect(run(at.path, "get closed/a")).toMatch(/^forbidden .*closed\/a/);
      expect(run(at.path, "list")).toMatch(/^forbidden .*closed: this user has no permission/);
      // Also for a user who owns them.
      for (const folder of folders.slice(1)) await chmod(folder, 0o555);
      expect(run(at.path, "put b")).toMatch(
        /^forbidden .*\.staging.*: this user has no permission/,
      );
      expect(run(at.path, "create b")).toMatch(/^forbidden .*check the owner and mode/);
      expect(run(at.path, "delete first")).toMatch(/^forbidden /);
    } finally {
      for (const folder of folders.reverse()) await chmod(folder, 0o755);
    }
  });
});

describe("a write that hits a limit", () => {
  const probe = join(import.meta.dirname, "probe.ts");

  test("of file sizes is `full`, and leaves the old object and no staged file", async () => {
    await using at = await place();
    const command = `ulimit -f 100; trap '' XFSZ; exec "${process.execPath}" "${probe}" "${at.path}" "put first"`;
    const said = execFileSync("bash", ["-c", command], { encoding: "utf8" });
    expect(said).toMatch(/^full .*limit of file sizes; raise `ulimit -f` \(EFBIG\)/);
    expect(await at.store.get("first")).toEqual(hello);
    expect(await readdir(join(at.path, ".staging"))).toEqual([]);
  });

  test("of open files is `unavailable` and names the remedy", async () => {
    await using at = await place();
    const command = `ulimit -n 40; exec "${process.execPath}" "${probe}" "${at.path}" "crowd first"`;
    const said = execFileSync("bash", ["-c", command], { encoding: "utf8" });
    expect(said).toMatch(/^(hello|unavailable .*ulimit -n)/);
  });
});

test.skipIf(process.platform !== "linux")(
  "a root in /proc, which takes no folders and says there is none, is refused at once",
  async () => {
    for (const root of ["/proc/pocaduck", "/proc/pocaduck/deep"]) {
      await using store = new LocalStore(root);
      const failure = await store.put("a", hello).catch((error: unknown) => error);
      expect(isStoreError(failure, "forbidden")).toBe(true);
      expect(String(failure)).toMatch(
        /no folder can be made there; choose another place \(ENOENT\)/,
      );
    }
  },
);

test("a root that several stores make at once is made", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "storage-local-"));
  const path = join(folder.path, "a/b/c");
  const stores = Array.from({ length: 8 }, () => new LocalStore(path));
  await Promise.all(stores.map((store, at) => store.put(`${at}`, hello)));
  expect((await readdir(path)).filter((name) => !name.startsWith("."))).toHaveLength(8);
  await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
});
