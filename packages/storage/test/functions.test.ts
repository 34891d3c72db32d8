import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as storage from "../src/index.ts";
import {
  CountingReader,
  CountingStore,
  compareKeys,
  isStoreError,
  MemoryStore,
  mapConcurrent,
  prefixed,
  type ReadableStore,
  stream,
} from "../src/index.ts";
import { storeContract } from "../src/testing/index.ts";

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

describe("a prefixed store keeps the contract", () => {
  test.for([...storeContract])("$name", ({ run }) =>
    run(prefixed(new MemoryStore(), "some/where/"), 11),
  );
});

describe("a counting store keeps the contract", () => {
  test.for([...storeContract])("$name", ({ run }) => run(new CountingStore(new MemoryStore())));
});

test("a prefixed store neither sees nor reaches beyond its folder", async () => {
  const whole = new MemoryStore();
  for (const key of ["a", "p", "p/a", "pa", "q/a"]) await whole.put(key, bytes(1));
  const part = prefixed(whole, "p");
  const listed: string[] = [];
  for await (const { key } of part.list("")) listed.push(key);
  expect(listed).toEqual(["a"]);
  await expect(part.get("../a")).rejects.toSatisfy((e) => isStoreError(e, "invalid-key"));
  await part.delete("a");
  expect(await whole.get("pa")).toBeDefined();
  expect(await whole.get("p/a")).toBeUndefined();
});

test("a prefixed reader has no methods that write", () => {
  const { get, getRange, head, list } = new MemoryStore();
  const reader: ReadableStore = { get, getRange, head, list };
  expect(Object.keys(prefixed(reader, "p"))).toEqual(["get", "getRange", "head", "list"]);
});

test("counts tell calls and bytes of every method", async () => {
  const store = new CountingStore(new MemoryStore());
  await store.put("a", bytes(10));
  await store.putIfAbsent("a", bytes(20));
  await store.putIfAbsent("b", bytes(30));
  await store.get("a");
  await store.getRange("a", { offset: 8, length: 8 });
  await store.get("c");
  await store.head("a");
  for await (const _ of store.list(""));
  await store.delete("a");
  expect(store.counts).toEqual({
    get: { calls: 2, bytes: 10 },
    getRange: { calls: 1, bytes: 2 },
    head: { calls: 1, bytes: 0 },
    list: { calls: 1, bytes: 0 },
    put: { calls: 1, bytes: 10 },
    putIfAbsent: { calls: 2, bytes: 30 },
    delete: { calls: 1, bytes: 0 },
  });
  expect([store.requests, store.bytesRead, store.bytesWritten]).toEqual([9, 12, 40]);
  store.reset();
  expect(store.requests).toBe(0);
  const reader = new CountingReader(store);
  await reader.get("b");
  expect(reader.bytesRead).toBe(30);
});

test("a stream gives the object in chunks", async () => {
  const store = new MemoryStore();
  for (const size of [0, 1, 99, 100, 101, 1000]) {
    await store.put("a", bytes(size));
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream(store, "a", { chunkSize: 100 })) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes(size)));
    expect(chunks.length).toBe(Math.ceil(size / 100));
  }
});

test("a stream never joins two versions, and says when there is no object", async () => {
  const store = new MemoryStore();
  await store.put("a", bytes(1000));
  const read = async (key: string): Promise<void> => {
    for await (const _ of stream(store, key, { chunkSize: 100 })) await store.put("a", bytes(1000));
  };
  await expect(read("a")).rejects.toSatisfy((e) => isStoreError(e, "unavailable"));
  await expect(read("b")).rejects.toSatisfy((e) => isStoreError(e, "not-found"));
});

test("mapConcurrent keeps the order and the bound", async () => {
  let now = 0;
  let most = 0;
  const results = await mapConcurrent(Array(100).keys(), 7, async (item) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, item % 3));
    now--;
    return item * 2;
  });
  expect(results).toEqual(Array.from({ length: 100 }, (_, i) => i * 2));
  expect(most).toBe(7);
});

test("mapConcurrent takes nothing more after a failure, aborts the others and waits for them", async () => {
  const ended: string[] = [];
  let closed = false;
  const source = async function* (): AsyncGenerator<number> {
    try {
      for (let i = 0; i < 1000; i++) yield i;
    } finally {
      closed = true;
    }
  };
  const work = mapConcurrent(source(), 3, async (item, _, signal) => {
    if (item === 5) throw new Error("five");
    await new Promise<void>((resolve) => {
      if (item < 4) resolve();
      signal.addEventListener("abort", () => resolve());
    });
    ended.push(`${item}`);
  });
  await expect(work).rejects.toThrow("five");
  expect(ended.length).toBeLessThan(8);
  expect(closed).toBe(true);
});

test("mapConcurrent ends with its signal, and refuses a bound that is none", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(mapConcurrent([1], 1, async () => 1, { signal })).rejects.toThrow("enough");
  await expect(mapConcurrent([1], 0, async () => 1)).rejects.toThrow(/`concurrency`.*got 0/);
});

test("compareKeys is the order of UTF-8 bytes", () => {
  const text = fc.string({ unit: "binary", maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test("the package exports these names", () => {
  expect(Object.keys(storage).sort()).toMatchInlineSnapshot(`
    [
      "CountingReader",
      "CountingStore",
      "MemoryStore",
      "StoreError",
      "assertChunk",
      "assertKey",
      "assertRange",
      "assertReadableStore",
      "assertStore",
      "coalesce",
      "collectBody",
      "compareKeys",
      "isStoreError",
      "keyFault",
      "mapConcurrent",
      "prefixed",
      "putOnce",
      "readRanges",
      "resolveRange",
      "stream",
    ]
  `);
});
