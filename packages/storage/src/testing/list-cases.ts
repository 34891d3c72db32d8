import { isStoreError } from "../errors.ts";
import type { Store } from "../store.ts";
import { bytes, type ContractCase, collect, keys, same } from "./check.ts";

const hello = bytes("hello");

async function fill(s: Store, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => s.put(name, hello)));
}

export const listCases: readonly ContractCase[] = [
  {
    name: "list is in UTF-8 byte order, recursive, and bounded by the prefix",
    async run(s) {
      await fill(s, [
        "b/\u{10000}",
        "b/\uFFFD",
        "b/1",
        "b/10",
        "b/2.a",
        "b/2/x",
        "b/1.a",
        "bb",
        "a",
      ]);
      const inB = "b/1 b/1.a b/10 b/2.a b/2/x b/\uFFFD b/\u{10000}";
      same(keys(await collect(s.list("b/"))), inB);
      same(keys(await collect(s.list("b"))), `${inB} bb`);
      same(keys(await collect(s.list("b/1"))), "b/1 b/1.a b/10");
      same(keys(await collect(s.list("b/2/x"))), "b/2/x");
      same(keys(await collect(s.list(""))), `a ${inB} bb`);
    },
  },
  {
    name: "list starts after a key that exists, that is missing, that lies outside the prefix",
    async run(s) {
      await fill(s, ["a", "b/1", "b/10", "b/2", "b/c/1", "b/c/2", "c"]);
      const after = async (prefix: string, key: string): Promise<string> =>
        keys(await collect(s.list(prefix, { after: key })));
      same(await after("", "b/10"), "b/2 b/c/1 b/c/2 c");
      same(await after("", "b/11"), "b/2 b/c/1 b/c/2 c");
      same(await after("", "b/c"), "b/c/1 b/c/2 c");
      same(await after("", "b/c/"), "b/c/1 b/c/2 c");
      same(await after("", "b/c/1"), "b/c/2 c");
      same(await after("", "b/c0"), "c");
      same(await after("b/", "a"), "b/1 b/10 b/2 b/c/1 b/c/2");
      same(await after("b/", "b/c/2"), "");
      same(await after("b/", "c"), "");
      same(await after("b/1", "b/1"), "b/10");
      same(await after("b/", ""), "b/1 b/10 b/2 b/c/1 b/c/2");
    },
  },
  {
    name: "list tells what head tells",
    async run(s) {
      await s.put("a", hello);
      await s.put("b", new Uint8Array());
      for await (const meta of s.list("")) {
        const head = await s.head(meta.key);
        same(meta.size, head?.size);
        same(meta.etag, head?.etag);
      }
    },
  },
  {
    name: "list goes on past a page, and may be left early",
    async run(s) {
      const names = Array.from({ length: 1001 }, (_, i) => `n/${String(i).padStart(4, "0")}`);
      for (let i = 0; i < names.length; i += 50) await fill(s, names.slice(i, i + 50));
      same(keys(await collect(s.list("n/"))), names.join(" "));
      same(keys(await collect(s.list("n/", { after: "n/0998" }))), "n/0999 n/1000");
      for await (const { key } of s.list("n/")) {
        if (key === "n/0003") break;
      }
    },
  },
  {
    name: "list stands inserts and deletes meanwhile, and repeats nothing",
    async run(s) {
      const names = Array.from({ length: 40 }, (_, i) => `n/${100 + i}`);
      await fill(s, names);
      const seen: string[] = [];
      for await (const { key } of s.list("n/")) {
        seen.push(key);
        await s.delete(`n/${100 + seen.length * 3}`);
        await s.put(`n/${100 + seen.length}x`, hello);
      }
      same(new Set(seen).size, seen.length);
      same(seen.join(" "), [...seen].sort().join(" "));
      const untouched = names.filter((_, i) => i % 3 !== 0);
      for (const name of untouched) same(seen.includes(name), true);
    },
  },
  {
    name: "a key that was kept below another is listed once the other is deleted",
    async run(s) {
      await fill(s, ["a", "b", "c/d", "e"]);
      // Some servers hide it until then: a dataset has no such keys.
      const kept: string[] = [];
      for (const [upper, lower] of [
        ["a", "a/b"],
        ["c/d", "c/d/e/f"],
      ] as const) {
        await s.put(lower, hello).then(
          () => kept.push(lower),
          (error: unknown) => {
            if (!isStoreError(error, "invalid-key")) throw error;
          },
        );
        await s.delete(upper);
      }
      same(keys(await collect(s.list(""))), ["b", "e", ...kept].sort().join(" "));
    },
  },
  {
    name: "two listings at once do not disturb each other",
    async run(s) {
      await fill(s, ["a/1", "a/2", "b/1"]);
      const [all, some, late] = await Promise.all([
        collect(s.list("")),
        collect(s.list("a/")),
        collect(s.list("", { after: "a/1" })),
      ]);
      same(keys(all), "a/1 a/2 b/1");
      same(keys(some), "a/1 a/2");
      same(keys(late), "a/2 b/1");
    },
  },
];
