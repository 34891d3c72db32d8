import { isStoreError } from "../errors.ts";
import { bytes, type ContractCase, collect, keys, rejects, same } from "./check.ts";

const hello = bytes("hello");

/** Each is one object's name on every backend. */
const good = [
  "a",
  "a.tmp",
  "a b",
  " a ",
  "a%2Fb",
  "a+b",
  "#",
  "c?d&e=f",
  "back\\slash",
  "C:",
  "nul",
  "quote\"'`",
  "$(x)",
  "*",
  ".zarray",
  "..a",
  "a..",
  "~",
  "e\u0301",
  "\u00e9",
  "K",
  "k",
  "😀",
  "\uFFFD",
  "s".repeat(255),
  `${"é".repeat(127)}x`,
];

/** A key of `size` bytes, in long segments. */
function longKey(size: number): string {
  const segments = Math.floor((size - 1) / 201);
  return `${"w".repeat(200)}/`.repeat(segments) + "x".repeat(size - 201 * segments);
}

/** Each is nobody's name, on any backend. */
const bad = [
  "",
  "/a",
  "a/",
  "a//b",
  ".",
  "a/.",
  "a/./b",
  "a/../b",
  "../a",
  "..",
  ".staging",
  ".staging/a",
  "a/.staging",
  "k".repeat(256),
  "é".repeat(128),
  "a\0b",
  "a\nb",
  "a\rb",
  "a\tb",
  "a\u007f",
  "a\ud800",
  "\udc00a",
];

export const keyCases: readonly ContractCase[] = [
  {
    name: "list gives every key that put took, whatever it looks like",
    async run(s, taken = 0) {
      const names = [...good, longKey(1024 - taken)];
      for (const key of names) await s.put(key, bytes(key));
      const listed = await collect(s.list(""));
      same(listed.length, names.length);
      same(keys(listed.sort((a, b) => (a.key < b.key ? -1 : 1))), [...names].sort().join(" "));
      for (const key of names) same(await s.get(key), bytes(key));
      for (const key of names) same((await s.head(key))?.size, bytes(key).length);
    },
  },
  {
    name: "a key that is not one object's name is invalid-key",
    async run(s) {
      for (const key of [...bad, longKey(1025)]) {
        await rejects("invalid-key", () => s.get(key));
        await rejects("invalid-key", () => s.getRange(key, { offset: 0, length: 1 }));
        await rejects("invalid-key", () => s.head(key));
        await rejects("invalid-key", () => s.put(key, hello));
        await rejects("invalid-key", () => s.putIfAbsent(key, hello));
        await rejects("invalid-key", () => s.delete(key));
      }
      same(keys(await collect(s.list(""))), "");
    },
  },
  {
    name: "a prefix that no key can start with lists nothing",
    async run(s) {
      await s.put("a/b", hello);
      for (const prefix of ["/", "../", "a/../", "a//", ".staging/", "b", "a/b/"]) {
        same(keys(await collect(s.list(prefix))), "");
      }
    },
  },
  {
    name: "of a key and one below it both are kept, or the second is refused whole",
    async run(s) {
      for (const [first, second] of [
        ["a", "a/b"],
        ["c/d", "c"],
        ["e", "e/f/g"],
      ] as const) {
        await s.put(first, bytes(first));
        for (const put of [
          () => s.put(second, bytes(second)),
          () => s.putIfAbsent(second, bytes(second)),
        ]) {
          try {
            await put();
            same(await s.get(second), bytes(second));
          } catch (error) {
            if (!isStoreError(error, "invalid-key")) throw error;
            same(await s.get(second), undefined);
          }
        }
        same(await s.get(first), bytes(first));
      }
    },
  },
];
