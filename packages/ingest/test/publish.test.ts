import { isFormatError } from "@pocaduck/format";
import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";
import { createDataset, isIngestError, openDataset } from "../src/index.ts";

const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];

test("publishing makes the next version, and once more changes nothing", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3, 4, 5, 6] });
  await ingestor.write("b", 2n ** 64n - 1n, { positions: [1, 2, 3] });
  await ingestor.commit();
  const { usage, ...first } = await dataset.publish();
  expect(usage?.peakMemoryMb).toBeGreaterThan(0);
  expect(first).toEqual({
    version: 1,
    changed: true,
    totals: { labels: 2, pairs: 2, points: 3, blocks: 2 },
    conflicts: 0,
  });
  expect(await dataset.publish()).toEqual({ ...first, changed: false });
  expect((await openDataset(store)).version).toBe(1);
});

test("blocks of the grid that nobody committed are missing, and others are refused", async () => {
  const grid = { shape: [20, 10, 10], blockShape: [10, 10, 10] };
  const dataset = await createDataset(new MemoryStore(), { axes, grid });
  await using ingestor = dataset.ingestor();
  await ingestor.write("1_0_0", 7n, { positions: [11, 2, 3] });
  const refused = await ingestor.write("2_0_0", 7n, { positions: [] }).catch((error) => error);
  expect(isIngestError(refused, "invalid-input") && refused.message).toBe(
    `block "2_0_0": is none of the 2 × 1 × 1 blocks of the dataset's grid, which are named as in 0_0_0`,
  );
  await ingestor.commit();
  expect((await dataset.publish()).missingBlocks).toBe(1);
  await ingestor.write("0_0_0", 7n, { positions: [] });
  await ingestor.commit();
  expect((await dataset.publish()).missingBlocks).toBe(0);
});

test("ids of blocks may have whatever ends a line somewhere", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  const ids = ["\n", "\r\n", "\u0085", "\u2028", "\u2029", "a\u2028b\n\rc"];
  for (const id of ids) await ingestor.write(id, 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  const { totals } = await dataset.publish({ process: "own" });
  expect(totals).toEqual({ labels: 1, pairs: ids.length, points: ids.length, blocks: ids.length });
});

test("publishing nothing says so", async () => {
  const dataset = await createDataset(new MemoryStore(), { axes });
  const refused = await dataset.publish().catch((error: unknown) => error);
  expect(isIngestError(refused, "nothing-to-publish")).toBe(true);
});

test("a late commit of a published block changes nothing, a deliberate one replaces its points", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using early = dataset.ingestor();
  await using late = dataset.ingestor();
  await early.write("a", 7n, { positions: [1, 2, 3] });
  await late.write("a", 7n, { positions: [4, 5, 6, 7, 8, 9] });
  await early.commit();
  await dataset.publish();
  await late.commit();
  const second = await dataset.publish();
  expect(second.totals.points).toBe(1);
  expect(second.conflicts).toBe(1);
  await using anew = dataset.ingestor();
  await anew.write("a", 8n, { positions: [1, 1, 1, 2, 2, 2, 3, 3, 3] });
  await anew.commit();
  const third = await dataset.publish();
  expect(third.version).toBe(3);
  expect(third.totals).toEqual({ labels: 1, pairs: 1, points: 3, blocks: 1 });
});

test("two publishers at once both end at the version that has everything", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  const other = await openDataset(store);
  const [one, two] = await Promise.all([dataset.publish(), other.publish()]);
  expect(one.totals).toEqual(two.totals);
  expect([one.changed, two.changed].filter(Boolean).length).toBe(1);
  const keys = [];
  for await (const { key } of store.list("index/")) keys.push(key.split("/")[1]);
  expect(new Set(keys).size).toBe(1);
});

test("a damaged commit that no version took in stops publishing until it is mended as its error says", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  for (const block of ["a", "b"]) {
    await using ingestor = dataset.ingestor();
    await ingestor.write(block, 7n, { positions: [1, 2, 3] });
    await ingestor.commit();
  }
  let key = "";
  for await (const meta of store.list("commits/")) key = meta.key;
  await store.put(key, new Uint8Array(3));
  const refused = await dataset.publish().catch((error: unknown) => error);
  expect(isFormatError(refused, "corrupt") && refused.message).toMatch(
    /of a commit that no version took in, delete the record and write its blocks again/,
  );
  await store.delete(key);
  expect((await dataset.publish()).totals.blocks).toBe(1);
});
