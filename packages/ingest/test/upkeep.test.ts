import { isFormatError, versionKey } from "@pocaduck/format";
import { type Body, type ByteRange, MemoryStore, type ObjectMeta } from "@pocaduck/storage";
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
    uploads: 0,
  });
  await store.put("extents/ab/later.parquet", Uint8Array.of(1));
  expect(await collectGarbage(store, { graceMs: hour, now: hour / 2 })).toMatchObject({
    waiting: 4,
    uploads: 0,
  });
  expect(await collectGarbage(store, { graceMs: hour, now: hour })).toEqual({
    deleted: 3,
    size: 9,
    waiting: 1,
    uploads: 0,
  });
  expect(await collectGarbage(store, { graceMs: hour, now: 2 * hour })).toMatchObject({
    deleted: 1,
    waiting: 0,
    uploads: 0,
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
    uploads: 0,
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

/** Two versions, and a commit that waits for the third. */
async function makeVersions(): Promise<{ store: MemoryStore; dataset: Dataset }> {
  const { store, dataset } = await makeDataset();
  const add = async (block: string): Promise<void> => {
    await using ingestor = dataset.ingestor();
    await ingestor.write(block, 7n, { positions: [4, 5] });
    await ingestor.commit();
  };
  await add("b");
  await dataset.publish({ process: "this" });
  await add("c");
  return { store, dataset };
}

const records = /^(pocaduck|commits|versions)|(tables|sources)\.json$/;

test("whatever record is lost or damaged, verify names it and gc deletes nothing", async () => {
  const { store, dataset } = await makeVersions();
  const waiting = (await dataset.progress()).waitingCommits;
  expect(waiting).toBe(1);
  const all = await keysOf(store);
  const commits = new Set<string>();
  for (const key of all.filter((each) => records.test(each))) {
    const bytes = (await store.get(key)) as Uint8Array;
    const flipped = bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 4 : byte));
    for (const body of [undefined, bytes.slice(0, -9), flipped]) {
      if (body) await store.put(key, body);
      else await store.delete(key);
      const { damage } = await verifyDataset(store);
      const keys = damage.map((each) => each.key);
      if (keys.length === 0 && !body && key.startsWith("commits/")) {
        // Nothing tells of the commit that no version has taken in yet: its points are garbage.
        continue;
      }
      if (key.startsWith("commits/")) commits.add(key);
      expect(keys, `${key}, ${body?.length} bytes`).toContain(key);
      const before = await keysOf(store);
      const refused = await collectGarbage(store, { graceMs: 0 }).catch((error: unknown) => error);
      expect(isFormatError(refused, "corrupt"), `${key}: ${refused}`).toBe(true);
      expect(String(refused)).toMatch(/gc deletes nothing from a damaged dataset/);
      expect(await keysOf(store)).toEqual(before);
    }
    await store.put(key, bytes);
    expect((await verifyDataset(store)).damage).toEqual([]);
  }
  expect(commits.size).toBe(3);
  expect(await collectGarbage(store, { graceMs: 0 })).toMatchObject({ deleted: 0, waiting: 0 });
  expect(await keysOf(store)).toEqual(all);
});

test("after the loss of all commits, or of all versions, the points of versions stay", async () => {
  for (const prefix of ["commits/", "versions/"]) {
    const { store } = await makeVersions();
    const lost = (await keysOf(store)).filter((key) => key.startsWith(prefix));
    for (const key of lost) await store.delete(key);
    const named = (await verifyDataset(store)).damage.map(({ key }) => key);
    // Of the three commits one waits, and nothing else tells of it.
    expect(named.length).toBe(2);
    expect(lost).toEqual(expect.arrayContaining(named));
    await expect(collectGarbage(store, { graceMs: 0 })).rejects.toThrow(/is gone/);
  }
});

test("a damaged latest.json is told of, and publishing mends it", async () => {
  const { store, dataset } = await makeVersions();
  for (const bad of ["", "{", '{"version":1}']) {
    await store.put("latest.json", new TextEncoder().encode(bad));
    const { damage } = await verifyDataset(store);
    expect(damage.map(({ key }) => key)).toEqual(["latest.json"]);
    expect(damage[0]?.reason).toContain("publishing writes it anew");
  }
  await dataset.publish();
  expect((await verifyDataset(store)).damage).toEqual([]);
});

test("without latest.json the versions are known by what was built on them", async () => {
  const { store } = await makeVersions();
  await store.delete("latest.json");
  expect((await verifyDataset(store)).damage).toEqual([]);
  for (const version of [1, 2]) await store.delete(versionKey(version));
  expect((await verifyDataset(store)).damage.map(({ key }) => key)).toEqual([
    versionKey(1),
    versionKey(2),
  ]);
});

test("gc and verify see a dataset that others write and publish meanwhile as sound", async () => {
  const { store, dataset } = await makeDataset();
  const racing = new Racing(store);
  racing.between = async () => {
    await using ingestor = dataset.ingestor();
    await ingestor.write(crypto.randomUUID(), 7n, { positions: [1] });
    await ingestor.commit();
    await dataset.publish({ process: "this", threads: 1 });
  };
  for (let step = 0; step < 12; step++) {
    racing.at = step;
    expect((await verifyDataset(racing)).damage, `at call ${step}`).toEqual([]);
    racing.at = step;
    await collectGarbage(racing, { graceMs: 1e9 });
  }
  expect((await verifyDataset(store)).damage).toEqual([]);
});

/** Lets others act before one call that reads. */
class Racing extends MemoryStore {
  readonly #store: MemoryStore;
  at = 0;
  between: () => Promise<void> = async () => {};

  constructor(store: MemoryStore) {
    super();
    this.#store = store;
  }

  override async get(key: string): Promise<Uint8Array | undefined> {
    await this.#before();
    return this.#store.get(key);
  }

  override async *list(prefix: string): AsyncGenerator<ObjectMeta> {
    await this.#before();
    yield* this.#store.list(prefix);
  }

  override head(key: string): Promise<ObjectMeta | undefined> {
    return this.#store.head(key);
  }

  override getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    return this.#store.getRange(key, range);
  }

  override put(key: string, body: Body): Promise<ObjectMeta> {
    return this.#store.put(key, body);
  }

  override delete(key: string): Promise<void> {
    return this.#store.delete(key);
  }

  async #before(): Promise<void> {
    if (this.at-- === 0) await this.between();
  }
}
