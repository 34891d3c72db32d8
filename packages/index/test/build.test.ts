import fc from "fast-check";
import { expect, test } from "vitest";
import { type BuiltIndex, buildIndex } from "../src/index.ts";
import { expectedCounts, expectedRows } from "./brute-force.ts";
import { buildHere } from "./build-here.ts";
import { type MadeCommit, type MadeExtent, makeJob, scratch } from "./made-job.ts";
import { BuiltLeaves, readCounts } from "./read-index.ts";

const label = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 720575940625431860n, max: 720575940625431866n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const commit = fc
  .record({
    blocks: fc.integer({ min: 1, max: 4 }),
    groups: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  })
  .chain(({ blocks, groups }) => {
    const extent: fc.Arbitrary<MadeExtent> = fc.record({
      label,
      block: fc.nat(blocks - 1),
      group: fc.nat(groups.reduce((sum, count) => sum + count, 0) - 1),
      firstRow: fc.nat(131_000),
      rows: fc.integer({ min: 1, max: 72 }),
    });
    const files = fc.array(fc.array(extent, { maxLength: 40 }), { maxLength: 3 });
    return fc.record({ blocks: fc.constant(blocks), groups: fc.constant(groups), files });
  });
const commits = fc.array(commit, { maxLength: 5 });

test("an index of random commits, one version after another, holds what a plain sort of them holds", async () => {
  await fc.assert(
    fc.asyncProperty(commits, commits, fc.infiniteStream(fc.nat(3)), async (one, two, dice) => {
      using first = scratch();
      using second = scratch();
      const older = makeJob(first.path, one);
      const [blocks, groups] = totals(one);
      const newer = makeJob(second.path, two, {
        firstBlock: blocks,
        firstGroup: groups,
        version: 2,
      });
      const pick = (count: number): number[] =>
        Array.from({ length: count }, (_, at) => at).filter(() => dice.next().value === 0);
      older.dead = pick(blocks);
      newer.dead = pick(blocks + totals(two)[0]);
      const before = await buildHere(older);
      expectIndex(before, expectedRows([older], [one]));
      const after = await buildHere({ ...newer, previous: { duckdb: before.duckdb } });
      expectIndex(after, expectedRows([older, newer], [one, two]));
      const dead = new Set([...older.dead, ...newer.dead]);
      expect(after.totals.blocks).toBe(blocks + totals(two)[0] - dead.size);
    }),
    { numRuns: 12 },
  );
});

test("extents of a file need no order", async () => {
  const labels = [720575940625431860n, 0n, 2n ** 64n - 1n, 720575940625431860n];
  const extents = labels.map((label, block) => ({ label, block, group: 0, firstRow: 0, rows: 1 }));
  const made: MadeCommit[] = [{ blocks: 4, groups: [1], files: [extents] }];
  for (const dead of [[], [0, 2, 3], [0, 1, 3]]) {
    using folder = scratch();
    const job = { ...makeJob(folder.path, made), dead };
    expectIndex(await buildHere(job), expectedRows([job], [made]));
  }
});

test("a pair whose rows are in several row groups counts as one, and keeps all its extents", async () => {
  using folder = scratch();
  const parts = [0, 1, 2].map((group) => ({ label: 9n, block: 0, group, firstRow: 5, rows: 10 }));
  const made: MadeCommit[] = [{ blocks: 1, groups: [3], files: [parts.toReversed()] }];
  const job = makeJob(folder.path, made);
  const built = await buildHere(job);
  expect(built.totals).toEqual({ labels: 1, pairs: 1, points: 30, blocks: 1 });
  expect(new BuiltLeaves(built).find(9n).map(({ pointer }) => pointer.size)).toEqual([
    50_000, 50_001, 50_002,
  ]);
});

test("labels that fill several leaves are found in all of them, absent ones in none", async () => {
  using folder = scratch();
  const heavy = (label: bigint, count: number): MadeExtent[] =>
    Array.from({ length: count }, (_, at) => ({
      label,
      block: at,
      group: 0,
      firstRow: at,
      rows: 1,
    }));
  const files = [[...heavy(5n, 8192), ...heavy(6n, 20_000), ...heavy(2n ** 64n - 1n, 3)]];
  const made: MadeCommit[] = [{ blocks: 20_000, groups: [1], files }];
  const built = await buildHere(makeJob(folder.path, made));
  const leaves = new BuiltLeaves(built);
  expect(leaves.fences.map(({ first, continued }) => [first, continued])).toEqual([
    [5n, false],
    [6n, false],
    [6n, true],
    [6n, true],
  ]);
  expect(leaves.find(5n).length).toBe(8192);
  expect(leaves.find(6n).map(({ block }) => block)).toEqual(heavy(6n, 20_000).map((e) => e.block));
  expect(leaves.find(2n ** 64n - 1n).length).toBe(3);
  expect([0n, 7n, 2n ** 64n - 2n].flatMap((label) => leaves.find(label))).toEqual([]);
});

test("a leaf that points to thousands of objects closes early, so that fetching it stays cheap", async () => {
  using folder = scratch();
  const extents = Array.from({ length: 12_000 }, (_, at) => ({
    label: BigInt(at >> 4) << 40n,
    block: at & 15,
    group: (at * 7) % 12_000,
    firstRow: at,
    rows: 1,
  }));
  const groups = Array<number>(12_000).fill(1);
  const made: MadeCommit[] = [{ blocks: 16, groups, files: [extents] }];
  const job = makeJob(folder.path, made);
  const built = await buildHere(job);
  expectIndex(built, expectedRows([job], [made]));
  const { fences } = new BuiltLeaves(built);
  expect(Math.max(...fences.map(({ size }) => size))).toBeLessThan(80_000);
  expect(fences.length).toBeLessThan(16);
});

test("hundreds of commits give the same index as a plain sort of them", async () => {
  using folder = scratch();
  const made: MadeCommit[] = Array.from({ length: 450 }, (_, at) => ({
    blocks: 1,
    groups: [1],
    files: [[{ label: BigInt(at % 7), block: 0, group: 0, firstRow: 0, rows: at + 1 }]],
  }));
  const job = makeJob(folder.path, made);
  expectIndex(await buildHere(job), expectedRows([job], [made]));
});

test("commits without points, or none at all, make an index without leaves", async () => {
  using folder = scratch();
  const built = await buildIndex(makeJob(folder.path, [{ blocks: 2, groups: [], files: [] }]), {
    memoryMb: 300,
  });
  expect(built.labels).toEqual([]);
  expect(built.totals).toEqual({ labels: 0, pairs: 0, points: 0, blocks: 2 });
  using other = scratch();
  expect((await buildHere(makeJob(other.path, []))).totals.blocks).toBe(0);
});

test("leaves are the same bytes from run to run, on one thread and on three", async () => {
  const made: MadeCommit[] = [0, 1, 2].map((seed) => ({
    blocks: 50,
    groups: [4],
    files: [
      Array.from({ length: 20_000 }, (_, at) => ({
        label: BigInt(Math.imul(at + seed, 0x9e3779b1) >>> 12),
        block: at % 50,
        group: at % 4,
        firstRow: at,
        rows: 1 + (at % 9),
      })),
    ],
  }));
  using folder = scratch();
  const job = makeJob(folder.path, made);
  const built: BuiltLeaves[] = [];
  for (const threads of [1, 3]) {
    using out = scratch();
    built.push(new BuiltLeaves(await buildHere({ ...job, directory: out.path }, threads)));
  }
  expect(built[0]?.fences).toEqual(built[1]?.fences);
});

function expectIndex(built: BuiltIndex, rows: ReturnType<typeof expectedRows>): void {
  expect(new BuiltLeaves(built).all()).toEqual(rows);
  const counts = expectedCounts(rows);
  expect(readCounts(built.counts)).toEqual(counts);
  const { labels, pairs, points } = built.totals;
  expect({ labels, pairs, points }).toEqual({
    labels: counts.length,
    pairs: counts.reduce((sum, [, blocks]) => sum + blocks, 0),
    points: Number(counts.reduce((sum, [, , count]) => sum + count, 0n)),
  });
}

function totals(made: readonly MadeCommit[]): [number, number] {
  const groups = made.flatMap((each) => each.groups);
  return [
    made.reduce((sum, each) => sum + each.blocks, 0),
    groups.reduce((sum, count) => sum + count, 0),
  ];
}
