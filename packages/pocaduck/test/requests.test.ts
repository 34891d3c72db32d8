import { commitOfKey, decodeCommit, type GroupList } from "@pocaduck/format";
import { createDataset } from "@pocaduck/ingest";
import { type Explanation, openQuery, type Query } from "@pocaduck/query";
import { CountingStore, MemoryStore } from "@pocaduck/storage";
import { beforeAll, describe, expect, test } from "vitest";

/** In each of `blocks`, 60,000 points: row groups of several files. */
const big = 7n;
/** In `spots` blocks more, a point each: more pairs than a leaf has rows. */
const wide = 2n ** 63n;
const absent = 8n;
const blocks = 6;
const spots = 9000;

const memory = new MemoryStore();
const store = new CountingStore(memory);

beforeAll(async () => {
  const dataset = await createDataset(memory, {
    axes: [{ name: "x" }, { name: "y" }],
    attributes: { noise: "uint32" },
  });
  for (let commit = 0; commit < 2; commit++) {
    await using ingestor = dataset.ingestor({ bufferBlocks: 1, fileSize: 500_000 });
    for (let block = commit; block < blocks; block += 2) {
      // Labels of one point before and after the big one, so that it shares its first and last row groups.
      const length = 60_000 + 20_000;
      const labels = BigUint64Array.from({ length }, (_, at) =>
        at < 60_000 ? big : BigInt(100 + at),
      );
      const positions = Int32Array.from({ length: 2 * length }, (_, at) =>
        at % 2 === 0 ? (at >> 1) % 1000 : block * 100 + Math.floor(at / 2000),
      );
      const noise = Uint32Array.from({ length }, (_, at) => {
        const mixed = Math.imul(at + 1 + block * 1e6, 2654435761);
        return Math.imul(mixed ^ (mixed >>> 15), 2246822519) >>> 0;
      });
      await ingestor.writeBlock(`b${block}`, { labels, positions, noise });
    }
    await ingestor.commit();
  }
  await using ingestor = dataset.ingestor({ bufferBlocks: 10_000 });
  for (let spot = 0; spot < spots; spot++) {
    await ingestor.write(`spot ${spot}`, wide, { positions: [spot, 5000], noise: [spot] });
  }
  await ingestor.commit();
  await dataset.publish({ process: "this" });
}, 60_000);

/** Requests of each kind, and bytes, that `work` makes. */
async function during<T>(work: () => Promise<T>): Promise<[ranges: number, size: number, T]> {
  store.reset();
  const result = await work();
  const { getRange, ...others } = store.counts;
  expect(Object.values(others).every(({ calls }) => calls === 0)).toBe(true);
  return [getRange.calls, getRange.bytes, result];
}

/** How many runs of row groups lie within `gap` bytes of each other, and their bytes. */
function runsOf(parts: Explanation["rowGroups"], gap: number): { requests: number; size: number } {
  const byObject = Map.groupBy(parts, ({ object }) => object);
  let [requests, size] = [0, 0];
  for (const some of byObject.values()) {
    let end = Number.NEGATIVE_INFINITY;
    for (const part of some.toSorted((a, b) => a.offset - b.offset)) {
      if (part.offset + part.size <= end) continue;
      const apart = part.offset - end > gap;
      requests += apart ? 1 : 0;
      size += part.offset + part.size - (apart ? part.offset : end);
      end = part.offset + part.size;
    }
  }
  return { requests, size };
}

async function tables(): Promise<Map<string, GroupList>> {
  const found = new Map<string, GroupList>();
  for await (const { key } of memory.list("commits/")) {
    const commit = decodeCommit(commitOfKey(key) ?? "", (await memory.get(key)) as Uint8Array);
    for (const { key, groups } of commit.points) found.set(key, groups);
  }
  return found;
}

describe("over many row groups, files and leaves", () => {
  test("explain tells of the very row groups that the commits wrote", async () => {
    const query = await openQuery(memory);
    const written = await tables();
    const told = await query.explain(big);
    expect(told).toMatchObject({ label: big, version: 1, blocks, points: blocks * 60_000 });
    expect(new Set(told.rowGroups.map(({ object }) => object)).size).toBeGreaterThan(3);
    expect(told.rowGroups.length).toBeGreaterThan(2 * blocks);
    for (const { object, offset, size, rows, wanted } of told.rowGroups) {
      const groups = written.get(object);
      const at = groups?.offset.indexOf(offset) ?? -1;
      expect([groups?.size[at], groups?.rows[at]]).toEqual([size, rows]);
      expect(wanted).toBeGreaterThan(0);
      expect(wanted).toBeLessThanOrEqual(rows);
    }
    const wanted = told.rowGroups.reduce((sum, group) => sum + group.wanted, 0);
    expect([wanted, (await query.points(big)).length]).toEqual([told.points, told.points]);
    const none = { blocks: 0, points: 0, rowGroups: [], requests: 0, size: 0 };
    expect(await query.explain(absent)).toMatchObject(none);
  });

  test("a wider gap makes fewer requests", async () => {
    const query = await openQuery(memory);
    const gaps = [0, 64 << 10, 1 << 20];
    const told = await Promise.all(gaps.map((gap) => query.explain(big, { gap })));
    const [none = 0, some = 0, wide = 0] = told.map(({ requests }) => requests);
    expect(none).toBeGreaterThanOrEqual(some);
    expect(some).toBeGreaterThan(wide);
    expect(wide).toBe(new Set(told[2]?.rowGroups.map(({ object }) => object)).size);
  });

  test.for([undefined, 0, 1 << 20])("a lookup is one request a run (gap %s)", async (gap) => {
    const query = await openQuery(store);
    for (const label of [big, wide, 60_500n]) {
      const [asked, , told] = await during(() => query.explain(label, { gap }));
      expect(asked).toBeLessThanOrEqual(told.leaves.length);
      const runs = runsOf(told.rowGroups, gap ?? 64 << 10);
      expect({ requests: told.requests, size: told.size }).toEqual(runs);
      const [ranges, size, cloud] = await during(() => query.points(label, { gap }));
      expect([ranges, size]).toEqual([runs.requests, runs.size]);
      expect(cloud.length).toBe(told.points);
    }
  });

  test("the index is read once, a request a leaf", async () => {
    const query = await openQuery(store);
    const [first, , told] = await during(() => query.explain(wide));
    expect(told.leaves.length).toBeGreaterThan(1);
    expect(first).toBe(told.leaves.length);
    expect((await during(() => query.count(wide)))[0]).toBe(0);
    expect((await during(() => query.points(absent)))[0]).toBeLessThanOrEqual(1);
    expect((await during(() => query.points(absent)))[0]).toBe(0);
    expect((await query.points(wide)).blocks.length).toBe(spots);
  });

  test("labels looked up together fetch what they share once", async () => {
    const query = await openQuery(store);
    const labels = [big, absent, 60_500n, 70_000n, 99_999n, wide];
    const told = await Promise.all(labels.map((label) => query.explain(label)));
    const runs = runsOf(
      told.flatMap(({ rowGroups }) => rowGroups),
      64 << 10,
    );
    const alone = told.reduce((sum, { requests }) => sum + requests, 0);
    const [ranges, size, points] = await during(() => lengths(query, labels));
    expect([ranges, size]).toEqual([runs.requests, runs.size]);
    expect(ranges).toBeLessThan(alone);
    expect(points).toEqual(told.map((each) => each.points));
  });

  test("a box reads the row groups of the blocks that meet it alone", async () => {
    const query = await openQuery(store);
    await query.blockTable();
    const whole = await query.explain(big);
    const box = { min: [0, 300], max: [999, 359] };
    const [ranges, size, cloud] = await during(() => query.within(big, box));
    expect([cloud.length, cloud.blocks.map(({ block }) => block)]).toEqual([60_000, ["b3"]]);
    expect(ranges).toBeLessThan(whole.requests);
    expect(size).toBeLessThan(whole.size / 3);
  });
});

async function lengths(query: Query, labels: bigint[]): Promise<number[]> {
  const found: number[] = [];
  for await (const { length } of query.pointsOf(labels)) found.push(length);
  return found;
}
