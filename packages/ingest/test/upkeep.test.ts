import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";
import { collectGarbage, createDataset, type Dataset, verifyDataset } from "../src/index.ts";

async function makeDataset(): Promise<{ store: MemoryStore; dataset: Dataset }> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes: [{ name: "x" }] });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  return { store, dataset };
}

async function keysOf(store: MemoryStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  return keys;
}

test("gc deletes what nothing names once the grace time has passed, and nothing else", async () => {
  const { store } = await makeDataset();
  const kept = await keysOf(store);
  const left = ["points/ab/dead.parquet", "index/dead/index.duckdb", "probes/x"];
  for (const key of left) await store.put(key, Uint8Array.of(1, 2, 3));
  const hour = 3_600_000;
  expect(await collectGarbage(store, { graceMs: hour, now: 0 })).toMatchObject({
    deleted: 0,
    waiting: 3,
  });
  await store.put("extents/ab/later.parquet", Uint8Array.of(1));
  expect(await collectGarbage(store, { graceMs: hour, now: hour / 2 })).toMatchObject({
    waiting: 4,
  });
  expect(await collectGarbage(store, { graceMs: hour, now: hour })).toEqual({
    deleted: 3,
    size: 9,
    waiting: 1,
  });
  expect(await collectGarbage(store, { graceMs: hour, now: 2 * hour })).toMatchObject({
    deleted: 1,
    waiting: 0,
  });
  expect(await keysOf(store)).toEqual(kept);
});

test("gc spares what was named after it was noted", async () => {
  const { store, dataset } = await makeDataset();
  await using ingestor = dataset.ingestor({ bufferBlocks: 1, fileSize: 1 });
  await ingestor.write("b", 7n, { positions: [1, 2, 3] });
  await ingestor.write("c", 7n, { positions: [1, 2, 3] });
  expect((await collectGarbage(store, { graceMs: 10, now: 0 })).waiting).toBeGreaterThan(0);
  await ingestor.commit();
  expect(await collectGarbage(store, { graceMs: 10, now: 100 })).toMatchObject({
    deleted: 0,
    waiting: 0,
  });
  await dataset.publish({ process: "this" });
  expect((await verifyDataset(store)).damage).toEqual([]);
});

test("verify names each object that is damaged, cut or gone", async () => {
  const { store } = await makeDataset();
  expect((await verifyDataset(store)).damage).toEqual([]);
  const [points = ""] = (await keysOf(store)).filter((key) => key.startsWith("points/"));
  const [duckdb = ""] = (await keysOf(store)).filter((key) => key.endsWith(".duckdb"));
  const [labels = ""] = (await keysOf(store)).filter((key) => key.includes("labels-0"));
  const bytes = (await store.get(points)) as Uint8Array;
  await store.put(
    points,
    bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)),
  );
  await store.put(duckdb, bytes);
  await store.delete(labels);
  const { damage } = await verifyDataset(store);
  expect(damage.map(({ key }) => key)).toEqual([duckdb, labels, points].sort());
  expect(damage.map(({ reason }) => reason).join()).toMatch(/bytes.*gone.*SHA-256/);
});
