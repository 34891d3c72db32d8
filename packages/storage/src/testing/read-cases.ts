import type { ByteRange } from "../store.ts";
import { bytes, type ContractCase, rejects, same } from "./check.ts";

const hello = bytes("hello");

export const readCases: readonly ContractCase[] = [
  {
    name: "get returns what put wrote",
    async run(s) {
      await s.put("a", hello);
      same(await s.get("a"), hello);
    },
  },
  {
    name: "get returns a plain Uint8Array",
    async run(s) {
      await s.put("a", hello);
      for (const body of [await s.get("a"), await s.getRange("a", { suffixLength: 2 })]) {
        // Buffer.slice aliases where Uint8Array.slice copies.
        same(body && Object.getPrototypeOf(body) === Uint8Array.prototype, true);
      }
    },
  },
  {
    name: "what get returned is the caller's: changing it changes no object",
    async run(s) {
      await s.put("a", hello.slice());
      (await s.get("a"))?.fill(0);
      (await s.getRange("a", { offset: 0, length: 5 }))?.fill(0);
      same(await s.get("a"), hello);
    },
  },
  {
    name: "a read of an absent key is undefined",
    async run(s) {
      await s.put("b/c", hello);
      for (const key of ["a", "a/b", "b/c/d"]) {
        same(await s.get(key), undefined);
        same(await s.head(key), undefined);
        same(await s.getRange(key, { offset: 0, length: 1 }), undefined);
        same(await s.getRange(key, { offset: 0, length: 0 }), undefined);
        same(await s.getRange(key, { suffixLength: 1 }), undefined);
      }
    },
  },
  {
    name: "the folder of an object is no object itself",
    async run(s) {
      await s.put("a/b/c", hello);
      for (const key of ["a", "a/b"]) {
        same(await s.get(key), undefined);
        same(await s.head(key), undefined);
        same(await s.getRange(key, { suffixLength: 1 }), undefined);
        await s.delete(key);
      }
      same(await s.get("a/b/c"), hello);
    },
  },
  {
    name: "getRange returns exactly the bytes asked for",
    async run(s) {
      await s.put("a", hello);
      same(await s.getRange("a", { offset: 1, length: 3 }), bytes("ell"));
      same(await s.getRange("a", { offset: 0, length: 5 }), hello);
      same(await s.getRange("a", { offset: 4, length: 1 }), bytes("o"));
      same(await s.getRange("a", { suffixLength: 2 }), bytes("lo"));
      same(await s.getRange("a", { suffixLength: 5 }), hello);
    },
  },
  {
    name: "getRange clips at the end and never pads",
    async run(s) {
      await s.put("a", hello);
      same(await s.getRange("a", { offset: 3, length: 10 }), bytes("lo"));
      same(await s.getRange("a", { offset: 3, length: Number.MAX_SAFE_INTEGER }), bytes("lo"));
      same(await s.getRange("a", { suffixLength: 99 }), hello);
    },
  },
  {
    name: "a range of no bytes is empty",
    async run(s) {
      await s.put("a", hello);
      same(await s.getRange("a", { offset: 2, length: 0 }), new Uint8Array());
      same(await s.getRange("a", { suffixLength: 0 }), new Uint8Array());
      same(await s.getRange("a", { offset: 5, length: 0 }), new Uint8Array());
      same(await s.getRange("a", { offset: 5, length: 9 }), new Uint8Array());
    },
  },
  {
    name: "getRange that starts past the end is invalid-range",
    async run(s) {
      await s.put("a", hello);
      await rejects("invalid-range", () => s.getRange("a", { offset: 6, length: 1 }));
      await rejects("invalid-range", () => s.getRange("a", { offset: 6, length: 0 }));
    },
  },
  {
    name: "a range that is no range is invalid-range",
    async run(s) {
      await s.put("a", hello);
      for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
        await rejects("invalid-range", () => s.getRange("a", { offset: bad, length: 1 }));
        await rejects("invalid-range", () => s.getRange("a", { offset: 0, length: bad }));
        await rejects("invalid-range", () => s.getRange("a", { suffixLength: bad }));
      }
      for (const part of [{}, { offset: 0 }, { length: 1 }]) {
        await rejects("invalid-range", () => s.getRange("a", part as ByteRange));
      }
    },
  },
  {
    name: "an empty object is not an absent one",
    async run(s) {
      await s.put("a", new Uint8Array());
      same(await s.get("a"), new Uint8Array());
      same((await s.head("a"))?.size, 0);
      same(await s.getRange("a", { offset: 0, length: 9 }), new Uint8Array());
      same(await s.getRange("a", { suffixLength: 9 }), new Uint8Array());
      await rejects("invalid-range", () => s.getRange("a", { offset: 1, length: 1 }));
    },
  },
  {
    name: "head tells the size, and an etag that changes with the content",
    async run(s) {
      const first = await s.put("a", hello);
      same((await s.head("a"))?.size, 5);
      same((await s.head("a"))?.etag, first.etag);
      same((await s.head("a"))?.key, "a");
      const second = await s.put("a", bytes("hullo"));
      if (first.etag === second.etag) throw new Error("etag did not change");
      same((await s.head("a"))?.etag, second.etag);
    },
  },
];
