import { expect, test } from "vitest";
import { isStoreError, MemoryStore } from "../src/index.ts";
import { faultStore } from "../src/testing/index.ts";

const body = new Uint8Array(3);
const pending = Symbol("pending");

async function settled(work: Promise<unknown>): Promise<unknown> {
  const later = new Promise((resolve) => setTimeout(resolve, 5, pending));
  return Promise.race([work.catch((error: unknown) => error), later]);
}

test("a failure before the call has no effect, one after it only loses the answer", async () => {
  const inner = new MemoryStore();
  const store = faultStore(inner, [
    { at: 1, kind: "fail", when: "before" },
    { at: 2, kind: "fail", when: "after" },
    { at: 3, kind: "throw", when: "after" },
  ]);
  expect(isStoreError(await settled(store.put("a", body)), "unavailable")).toBe(true);
  expect(await inner.head("a")).toBeUndefined();
  expect(isStoreError(await settled(store.putIfAbsent("a", body)), "unknown-outcome")).toBe(true);
  expect(await inner.get("a")).toEqual(body);
  expect(isStoreError(await settled(store.delete("a")))).toBe(false);
  expect(await inner.get("a")).toBeUndefined();
  await store.put("b", body);
  expect(store.trace.map(({ method }) => method)).toEqual(["put", "putIfAbsent", "delete", "put"]);
});

test("after a kill no call settles, those under way included", async () => {
  const inner = new MemoryStore();
  const store = faultStore(inner, [{ at: 2, kind: "kill", when: "after" }]);
  const early = store.put("a", body);
  const killed = store.put("b", body);
  expect(await settled(killed)).toBe(pending);
  expect(await store.stopped).toMatchObject({ at: 2 });
  await early;
  expect(await settled(store.get("a"))).toBe(pending);
  expect(await settled(store.list("")[Symbol.asyncIterator]().next())).toBe(pending);
  expect(await inner.head("b")).toBeDefined();
});

test("a hanging call ends with its signal", async () => {
  const store = faultStore(new MemoryStore(), [{ at: 1, kind: "hang", when: "before" }]);
  const stop = new AbortController();
  const get = store.get("a", { signal: stop.signal });
  expect(await settled(get)).toBe(pending);
  stop.abort(new Error("enough"));
  await expect(get).rejects.toThrow("enough");
});

test("a fault during a streamed put closes the stream and stores nothing", async () => {
  const inner = new MemoryStore();
  const store = faultStore(inner, [{ at: 1, kind: "fail", when: "during" }]);
  let closed = false;
  const source = (async function* () {
    try {
      yield body;
      yield body;
    } finally {
      closed = true;
    }
  })();
  await expect(store.put("a", source)).rejects.toThrow("fault during call 1");
  expect(closed).toBe(true);
  expect(await inner.head("a")).toBeUndefined();
});

test("a fault strikes a listing at its start or past its end", async () => {
  const inner = new MemoryStore();
  await inner.put("a", body);
  const seen: string[] = [];
  const store = faultStore(inner, [
    { at: 1, kind: "fail", when: "before" },
    { at: 2, kind: "fail", when: "after" },
  ]);
  const list = async (): Promise<void> => {
    for await (const { key } of store.list("")) seen.push(key);
  };
  await expect(list()).rejects.toThrow("before call 1");
  expect(seen).toEqual([]);
  await expect(list()).rejects.toThrow("after call 2");
  expect(seen).toEqual(["a"]);
});
