import { createDataset, type Dataset } from "@pocaduck/ingest";
import { openQuery, type PointCloud } from "@pocaduck/query";
import { CountingStore, MemoryStore } from "@pocaduck/storage";
import fc from "fast-check";
import { expect, test } from "vitest";

const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
const edges = [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

interface Write {
  block: number;
  label: bigint;
  point: [number, number, number];
}

const write: fc.Arbitrary<Write> = fc.record({
  block: fc.nat(5),
  label: fc.constantFrom(...edges),
  point: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
});
/** What one worker writes between two publishes. */
const session = fc.record({ publish: fc.boolean(), writes: fc.array(write, { maxLength: 25 }) });

/** A dataset as a Map: block to label to distinct points. */
type Model = Map<string, Map<bigint, Set<string>>>;

async function apply(dataset: Dataset, writes: Write[], model: Model): Promise<void> {
  await using ingestor = dataset.ingestor();
  const session: Model = new Map();
  for (const { block, label, point } of writes) {
    // Each block belongs to one place, so that no two blocks hold one point.
    const positions = [point[0] + block * 10, point[1], point[2]];
    await ingestor.write(`b${block}`, label, { positions });
    const labels = session.get(`b${block}`) ?? new Map<bigint, Set<string>>();
    session.set(`b${block}`, labels);
    labels.set(label, (labels.get(label) ?? new Set()).add(positions.join(" ")));
  }
  await ingestor.commit();
  for (const [block, labels] of session) model.set(block, labels);
}

function points({ length, positions }: PointCloud): string[] {
  return Array.from({ length }, (_, i) => positions.slice(3 * i, 3 * i + 3).join(" "));
}

test(
  "a published dataset answers as a Map would, whatever was written, rewritten and published",
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 3 }), async (sessions) => {
        const store = new MemoryStore();
        const dataset = await createDataset(store, { axes });
        const model: Model = new Map();
        let any = false;
        for (const { writes } of sessions) {
          await apply(dataset, writes, model);
          any ||= writes.length > 0;
          if (any) await dataset.publish({ process: "this", threads: 1 });
        }
        if (!any) return;
        const query = await openQuery(store);
        const labels = new Set([...model.values()].flatMap((block) => [...block.keys()]));
        const listed = await collect(query.labels());
        expect(listed.map(({ label }) => label)).toEqual(
          [...labels].sort((a, b) => (a < b ? -1 : 1)),
        );
        for (const label of edges) {
          const cloud = await query.points(label);
          const blocks = [...model].filter(([, each]) => each.has(label));
          const wanted = blocks.flatMap(([, each]) => [...(each.get(label) ?? [])]);
          expect(points(cloud).sort()).toEqual(wanted.sort());
          expect(await query.count(label)).toBe(wanted.length);
          expect(await query.count(label, { unique: true })).toBe(wanted.length);
          expect((await query.blocks(label)).sort()).toEqual(blocks.map(([id]) => id).sort());
          const box = { min: [10, 0, 0], max: [25, 2, 3] };
          const near = await query.within(label, box);
          const inside = wanted.filter((text) => {
            const [x = 0, y = 0] = text.split(" ").map(Number);
            return x >= 10 && x <= 25 && y <= 2;
          });
          expect(points(near).sort()).toEqual(inside.sort());
        }
        for (const [block, each] of model) {
          const found = await query.labelsIn(block);
          expect(found.map(({ label, points }) => [label, points])).toEqual(
            [...each].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, set]) => [label, set.size]),
          );
        }
        const clouds = await collect(query.pointsOf(edges));
        expect(clouds.map((cloud) => cloud.label)).toEqual(edges);
        for (const cloud of clouds) expect(cloud).toEqual(await query.points(cloud.label));
      }),
      { numRuns: 25 },
    ),
  60_000,
);

test("lookups make as many requests as promised", async () => {
  const memory = new MemoryStore();
  const dataset = await createDataset(memory, { axes });
  await using ingestor = dataset.ingestor();
  for (let block = 0; block < 8; block++) {
    for (const label of [5n, 7n]) {
      await ingestor.write(`b${block}`, label, { positions: [block, 0, 0, block, 1, 1] });
    }
  }
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const store = new CountingStore(memory);
  const calls = (): number => store.counts.get.calls + store.counts.getRange.calls;
  const during = async (work: () => Promise<unknown>): Promise<number> => {
    const before = calls();
    await work();
    return calls() - before;
  };
  const query = await openQuery(store);
  expect(calls()).toBe(2);
  expect(await during(() => query.points(5n))).toBe(2);
  expect(await during(() => query.points(7n))).toBe(1);
  expect(await during(() => query.points(6n))).toBe(0);
  expect(await during(() => query.points(2n ** 64n - 1n))).toBe(0);
  expect(await during(() => query.count(5n))).toBe(0);
  expect(await during(() => openQuery(store, { version: 1 }))).toBe(1);
  expect(store.counts.list.calls + store.counts.head.calls).toBe(0);
});

test("many labels get what each alone would, whatever their order, and share what is fetched", async () => {
  const store = new CountingStore(new MemoryStore());
  const attributes = { supervoxel: "uint64", kind: "string" } as const;
  const dataset = await createDataset(store, { axes, attributes });
  await using ingestor = dataset.ingestor();
  // Some 60,000 rows: row groups with many labels, near and far from each other.
  for (const block of [0, 1]) {
    for (let label = 0; label < 300; label++) {
      const length = 1 + ((label * 37) % 200);
      await ingestor.write(`b${block}`, BigInt(label), {
        positions: Int32Array.from({ length: length * 3 }, (_, i) => (i * (label + 7)) % 1009),
        supervoxel: BigUint64Array.from({ length }, (_, i) => BigInt(label * 8 + (i >> 4))),
        kind: Array.from({ length }, (_, i) => `${label % 3}-${i >> 5}`),
      });
    }
  }
  await ingestor.commit();
  await dataset.publish({ process: "this", threads: 1 });
  const { size = 0 } = (await collect(store.list("points/")))[0] ?? {};
  const query = await openQuery(store);
  await query.count(0n);
  for (const labels of [
    [299n, 0n, 150n, 151n, 7n, 0n],
    Array.from({ length: 300 }, (_, at) => BigInt((at * 77) % 300)),
  ]) {
    store.reset();
    const clouds = await collect(query.pointsOf(labels));
    expect(store.bytesRead).toBeLessThanOrEqual(size);
    expect(clouds.map(({ label }) => label)).toEqual(labels);
    for (const cloud of clouds) expect(cloud).toEqual(await query.points(cloud.label));
  }
});

test("answers are the caller's own, and a version goes on answering after the next", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  const put = async (z: number): Promise<void> => {
    await using ingestor = dataset.ingestor();
    await ingestor.write("b", 1n, { positions: [1, 2, z] });
    await ingestor.commit();
    await dataset.publish({ process: "this" });
  };
  await put(3);
  const first = await openQuery(store);
  ((await first.points(1n)).positions as Int32Array).fill(99);
  expect(points(await first.points(1n))).toEqual(["1 2 3"]);
  await put(4);
  expect(points(await first.points(1n))).toEqual(["1 2 3"]);
  expect(points(await (await openQuery(store)).points(1n))).toEqual(["1 2 4"]);
  expect(points(await (await openQuery(store, { version: 1 })).points(1n))).toEqual(["1 2 3"]);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
