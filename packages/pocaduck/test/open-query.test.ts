import { isFormatError, latestKey, versionKey } from "@pocaduck/format";
import { createDataset } from "@pocaduck/ingest";
import { isQueryError, openQuery } from "@pocaduck/query";
import { CountingReader, MemoryStore, type ReadableStore, StoreError } from "@pocaduck/storage";
import { expect, test } from "vitest";

async function published(versions: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes: [{ name: "x" }] });
  for (let version = 1; version <= versions; version++) {
    await using ingestor = dataset.ingestor();
    await ingestor.write(`b${version}`, 1n, { positions: [version] });
    await ingestor.commit();
    await dataset.publish({ process: "this", threads: 1 });
  }
  return store;
}

const bad = new TextEncoder().encode('{\n"version": 9');

test("without a readable latest.json a reader finds the last version, as a publisher does", async () => {
  const store = await published(2);
  for (const bytes of [undefined, new Uint8Array(), bad]) {
    if (bytes) await store.put(latestKey, bytes);
    else await store.delete(latestKey);
    expect((await openQuery(store)).version).toBe(2);
    expect(await (await openQuery(store)).count(1n)).toBe(2);
    const missing = await openQuery(store, { version: 3 }).catch((error: unknown) => error);
    expect(isQueryError(missing, "unknown-version")).toBe(true);
    expect(String(missing)).toContain("There is no version 3; the last one is 2");
  }
});

test("opening stays at two requests, at one for a version by number", async () => {
  const store = await published(1);
  for (const [options, requests] of [
    [{}, 2],
    [{ version: 1 }, 1],
  ] as const) {
    const reader = new CountingReader(store);
    await openQuery(reader, options);
    expect(reader.requests).toBe(requests);
  }
});

test("a version that was there and is gone is damage, not a version that never was", async () => {
  const store = await published(2);
  await store.delete(versionKey(2));
  for (const version of [undefined, 2]) {
    const lost = await openQuery(store, { version }).catch((error: unknown) => error);
    expect(isFormatError(lost, "corrupt")).toBe(true);
    expect(String(lost)).toContain(`"${versionKey(2)}": is gone`);
  }
  expect((await openQuery(store, { version: 1 })).version).toBe(1);
});

test("no dataset and no version are told apart, with and without listings", async () => {
  for (const listing of [true, false]) {
    const store = new MemoryStore();
    const reader = listing ? store : withoutList(store);
    const code = (): Promise<unknown> => openQuery(reader).catch((error) => error.code);
    expect(await code()).toBe("not-found");
    await createDataset(store, { axes: [{ name: "x" }] });
    expect(await code()).toBe("unpublished");
  }
});

test("a store that cannot list says that its hint is lost, and opens a version by number", async () => {
  const store = await published(1);
  const reader = withoutList(store);
  expect((await openQuery(reader)).version).toBe(1);
  await store.put(latestKey, bad);
  await expect(openQuery(reader)).rejects.toThrow(/"latest.json": .*open one by its number/);
  expect((await openQuery(reader, { version: 1 })).version).toBe(1);
});

/** As plain HTTP is. */
function withoutList(store: MemoryStore): ReadableStore {
  const list = (prefix: string): ReturnType<ReadableStore["list"]> => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new StoreError("unsupported", prefix, "no listings here")),
    }),
  });
  return Object.assign(new CountingReader(store), { list });
}
