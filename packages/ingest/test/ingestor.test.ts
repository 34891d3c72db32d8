import type { Schema } from "@pocaduck/format";
import { MemoryStore } from "@pocaduck/storage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDataset, isIngestError, type PointsInput } from "../src/index.ts";
import { exact, readCommits, readRows } from "./read-commit.ts";

const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];

interface Point {
  label: bigint;
  block: string;
  position: number[];
  supervoxel: bigint;
  kind: string;
}

const point = (spread: number): fc.Arbitrary<Point> =>
  fc.record({
    label: fc.constantFrom(0n, 7n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
    block: fc.constantFrom("0_0_0", "1_0_0", 'a/"b" 🧠'),
    position: fc.array(fc.integer({ min: -spread, max: spread }), { minLength: 3, maxLength: 3 }),
    supervoxel: fc.constantFrom(1n, 2n, 2n ** 64n - 1n),
    kind: fc.constantFrom("a", "b", ""),
  });

const text = ({ label, block, position, supervoxel, kind }: Point) =>
  [label, block, ...position, supervoxel, kind].join(" ");

function input(points: Point[]): PointsInput {
  return {
    positions: Int32Array.from(points.flatMap((each) => each.position)),
    supervoxel: BigUint64Array.from(points, (each) => each.supervoxel),
    kind: points.map((each) => each.kind),
  };
}

const schema: Schema = {
  axes,
  coordinates: "int32",
  attributes: { supervoxel: "uint64", kind: "string" },
};

describe("what a commit holds", () => {
  // A spread of 2 makes ties and duplicates, one of 2^31 - 1 makes boxes too large to pack.
  test.for([2, 100, 2 ** 31 - 1])("is every row once, whatever the calls (spread %i)", (spread) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(point(spread), { maxLength: 200 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (points, whole, bufferBlocks) => {
          const store = new MemoryStore();
          const dataset = await createDataset(store, schema);
          await using ingestor = dataset.ingestor({ bufferBlocks });
          const byBlock = Map.groupBy(points, (each) => each.block);
          for (const [block, some] of byBlock) {
            if (whole) {
              const labels = BigUint64Array.from(some, (each) => each.label);
              await ingestor.writeBlock(block, { labels, ...input(some) });
            } else {
              for (const each of some) await ingestor.write(block, each.label, input([each]));
            }
          }
          await ingestor.commit();
          const commits = await readCommits(store);
          const rows = (
            await Promise.all(commits.map((each) => readRows(store, schema, each)))
          ).flat();
          expect(rows.toSorted()).toEqual([...new Set(points.map(text))].sort());
          const counted = commits.flatMap((commit) => commit.blocks);
          expect(counted.reduce((sum, block) => sum + block.points, 0)).toBe(rows.length);
        },
      ),
      { numRuns: 60 },
    ),
  );

  // Around the sizes at which buffers grow, with fewer and with more runs of rows than labels.
  test.for([
    [1023, 1],
    [1024, 1],
    [1025, 1],
    [2049, 2],
    [5000, 1],
    [700, 8],
    [70_000, 1],
  ] as const)("is every row of a block of %i labels, in %i runs each", async ([labels, runs]) => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes: [{ name: "x" }] });
    await using ingestor = dataset.ingestor();
    const length = labels * runs;
    // Every other label beyond 32 bits; a step that is prime to the length visits each.
    const label = (row: number): bigint => {
      const number = (row * 7919) % labels;
      return BigInt(number % 2 === 0 ? number : number * 2 ** 32);
    };
    await ingestor.writeBlock("b", {
      labels: BigUint64Array.from({ length }, (_, row) => label(row)),
      positions: Int32Array.from({ length }, (_, row) => row),
    });
    expect(await ingestor.commit()).toMatchObject({ blocks: 1, points: length });
    const [commit] = await readCommits(store);
    expect(commit?.blocks).toMatchObject([{ pairs: labels, min: [0], max: [length - 1] }]);
    const rows = commit && (await readRows(store, dataset.schema, commit));
    const expected = Array.from({ length }, (_, row) => `${label(row)} b ${row}`);
    expect(rows?.toSorted()).toEqual(expected.sort());
  });

  test("is in raster order within a pair, and by label, then block, within a flush", async () => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    await using ingestor = dataset.ingestor();
    const positions = Int32Array.of(5, 0, 1, 4, 9, 0, 1, 1, 1, 0, 0, 1);
    await ingestor.writeBlock("b", { labels: BigUint64Array.of(2n, 2n, 1n, 2n), positions });
    await ingestor.writeBlock("a", { labels: BigUint64Array.of(1n), positions: [7, 7, 7] });
    await ingestor.commit();
    const [commit] = await readCommits(store);
    expect(commit && (await readRows(store, dataset.schema, commit))).toEqual([
      "1 b 1 1 1",
      "1 a 7 7 7",
      "2 b 4 9 0",
      "2 b 0 0 1",
      "2 b 5 0 1",
    ]);
  });

  test.for([100, 4000, 2 ** 30])(
    "is in order across the row groups of a pair too large for one (boxes of side %i)",
    async (side) => {
      const store = new MemoryStore();
      const dataset = await createDataset(store, { axes });
      await using ingestor = dataset.ingestor();
      const length = 150_000;
      const draw = (at: number): number => {
        const mixed = Math.imul(at + 1, 0x9e3779b1);
        return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 1) % side;
      };
      const positions = Int32Array.from({ length: 3 * length }, (_, at) => draw(at));
      await ingestor.write("b", 2n, { positions: [9, 9, 9] });
      await ingestor.write("b", 7n, { positions });
      await ingestor.commit();
      const [commit] = await readCommits(store);
      expect(commit?.points[0]?.groups.rows.length).toBeGreaterThan(1);
      const triples = Array.from({ length }, (_, at) => [...positions.slice(3 * at, 3 * at + 3)]);
      const inOrder = triples.sort(
        ([x = 0, y = 0, z = 0], [ax = 0, ay = 0, az = 0]) => z - az || y - ay || x - ax,
      );
      const expected = new Set(inOrder.map((triple) => `7 b ${triple.join(" ")}`));
      const found = commit ? await readRows(store, dataset.schema, commit) : [];
      expect(found).toEqual(["2 b 9 9 9", ...expected]);
    },
  );

  test("keeps duplicates where asked to", async () => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    await using ingestor = dataset.ingestor({ keepDuplicates: true });
    await ingestor.write("b", 1n, { positions: [1, 2, 3, 1, 2, 3] });
    const result = await ingestor.commit();
    expect(result?.points).toBe(2);
  });

  test("has equal digests for equal content, and others for other", async () => {
    const digest = async (points: Point[]): Promise<string | undefined> => {
      const store = new MemoryStore();
      const dataset = await createDataset(store, schema);
      await using ingestor = dataset.ingestor();
      const labels = BigUint64Array.from(points, (each) => each.label);
      await ingestor.writeBlock("b", { labels, ...input(points) });
      await ingestor.commit();
      return (await readCommits(store))[0]?.blocks[0]?.digest;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(point(50), { minLength: 1, maxLength: 300 }), async (points) => {
        const [first, ...rest] = points as [Point, ...Point[]];
        const other = { ...first, kind: `${first.kind}!` };
        expect(await digest(points)).toBe(await digest([...rest, first]));
        expect(await digest(points)).not.toBe(await digest([other, ...rest]));
      }),
      { numRuns: 30 },
    );
  });
});

const floatSchema: Schema = {
  axes: [{ name: "x" }],
  coordinates: "float32",
  attributes: { narrow: "float32", wide: "float64" },
};
const floats = (change: Partial<PointsInput>): PointsInput =>
  ({ positions: [1], narrow: [1], wide: [1], ...change }) as PointsInput;

test("attributes of floats hold NaN, infinities, -0 and the ends of their range", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, floatSchema);
  await using ingestor = dataset.ingestor();
  const greatest = 2 ** 128 - 2 ** 104;
  const narrow = [NaN, Infinity, -Infinity, -0, greatest, -greatest, 2 ** -149];
  const wide = [NaN, Infinity, -Infinity, -0, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324];
  await ingestor.write("b", 1n, { positions: narrow.map((_, at) => at), narrow, wide });
  await ingestor.commit();
  const [commit] = await readCommits(store);
  expect(commit && (await readRows(store, floatSchema, commit))).toEqual(
    narrow.map((value, at) => `1 b ${at} ${exact(value)} ${exact(wide[at])}`),
  );
});

describe("rows that do not fit the schema are refused, and nothing of them is kept:", () => {
  test.for<[string, PointsInput, RegExp]>([
    ["two axes", { positions: [1, 2], supervoxel: [], kind: [] }, /multiple of 3.*got 2/],
    ["a fraction", { positions: [1, 2, 0.5], supervoxel: [1], kind: ["a"] }, /int32.*0.5 at 2/],
    ["NaN", { positions: [1, 2, NaN], supervoxel: [1], kind: ["a"] }, /int32.*NaN at 2/],
    ["too large", { positions: [1, 2, 2 ** 31], supervoxel: [1], kind: ["a"] }, /2147483648 at 2/],
    ["no attribute", { positions: [1, 2, 3], kind: ["a"] }, /`supervoxel`.*got undefined/],
    ["an unknown one", { positions: [1, 2, 3], supervoxel: [1], kind: ["a"], size: [1] }, /`size`/],
    ["a short one", { positions: [1, 2, 3], supervoxel: [], kind: ["a"] }, /1 values, one a point/],
    ["negative", { positions: [1, 2, 3], supervoxel: [-1], kind: ["a"] }, /uint64 values, got -1/],
    ["unsafe", { positions: [1, 2, 3], supervoxel: [2 ** 53], kind: ["a"] }, /uint64/],
    ["a number", { positions: [1, 2, 3], supervoxel: [1], kind: [1] }, /strings, got 1 at 0/],
    [
      "no list",
      { positions: 3 as never, supervoxel: [1], kind: ["a"] },
      /a list of numbers, got 3/,
    ],
  ])("%s", async ([, points, message]) => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, schema);
    await using ingestor = dataset.ingestor();
    const refused = await ingestor.write("b", 1n, points).catch((error: unknown) => error);
    expect(isIngestError(refused, "invalid-input")).toBe(true);
    expect(String(refused)).toMatch(message);
    expect(String(refused)).toContain('block "b"');
    expect(await ingestor.commit()).toBeUndefined();
  });

  test.for<[string, PointsInput, RegExp]>([
    ["1e39 in a float32", floats({ narrow: [1e39] }), /`narrow`.*float32 values, got 1e\+39 at 0/],
    ["the first double too large", floats({ narrow: [-(2 ** 128 - 2 ** 103)] }), /`narrow`/],
    ["a bigint too large", floats({ wide: [10n ** 400n] }), /`wide`.*float64 values, got 1000/],
    ["a bigint between doubles", floats({ wide: [2n ** 53n + 1n] }), /`wide`.*9007199254740993n/],
    ["a coordinate of NaN", floats({ positions: [NaN] }), /`positions`.*float32 values, got NaN/],
    ["one infinite", floats({ positions: Float32Array.of(Infinity) }), /finite.*got Infinity at 0/],
    ["one beyond float32", floats({ positions: [1e39] }), /`positions`.*float32.*1e\+39 at 0/],
  ])("%s", async ([, points, message]) => {
    const dataset = await createDataset(new MemoryStore(), floatSchema);
    await using ingestor = dataset.ingestor();
    await expect(ingestor.write("b", 1n, points)).rejects.toThrow(message);
  });

  test.for([1, -1n, 2n ** 64n, "1", 1.5, undefined])("label %s", async (label) => {
    const dataset = await createDataset(new MemoryStore(), { axes });
    await using ingestor = dataset.ingestor();
    const write = ingestor.write("b", label as bigint, { positions: [1, 2, 3] });
    await expect(write).rejects.toThrow(/`label` to be a bigint from 0 to 2\^64-1, got/);
  });
});

describe("an ingestor", () => {
  test("refuses a block it has committed", async () => {
    const dataset = await createDataset(new MemoryStore(), { axes });
    await using ingestor = dataset.ingestor();
    await ingestor.write("b", 1n, { positions: [1, 2, 3] });
    await ingestor.commit();
    const again = await ingestor.write("b", 1n, { positions: [1, 2, 3] }).catch((e: unknown) => e);
    expect(isIngestError(again, "committed")).toBe(true);
  });

  test("commits by itself at block borders", async () => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    await using ingestor = dataset.ingestor({ commitBlocks: 2 });
    for (const block of ["a", "b", "c", "d", "e"]) {
      await ingestor.write(block, 1n, { positions: [1, 2, 3] });
    }
    expect((await readCommits(store)).flatMap((commit) => commit.blocks).length).toBe(4);
  });

  test("takes empty blocks and empty points as done", async () => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    await using ingestor = dataset.ingestor();
    await ingestor.write("a", 1n, { positions: [] });
    await ingestor.writeBlock("b", { labels: new BigUint64Array(0), positions: [] });
    await ingestor.commit();
    const [commit] = await readCommits(store);
    expect(commit?.blocks.map(({ id, points }) => [id, points])).toEqual([
      ["a", 0],
      ["b", 0],
    ]);
    expect(commit?.points).toEqual([]);
  });

  test("leaves nothing behind when it is disposed of before a commit", async () => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    {
      await using ingestor = dataset.ingestor({ bufferBlocks: 1 });
      for (const block of ["a", "b", "c"]) {
        await ingestor.write(block, 1n, { positions: [1, 2, 3] });
      }
    }
    const keys = [];
    for await (const { key } of store.list("")) keys.push(key);
    expect(keys).toEqual(["pocaduck.json"]);
  });
});

test("row groups grow to their size within the first flush when rows take few bytes", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  const side = 100;
  const positions = Int32Array.from({ length: side ** 3 * 3 }, (_, at) => {
    const voxel = Math.floor(at / 3);
    return Math.floor(voxel / side ** (at % 3)) % side;
  });
  await ingestor.write("0_0_0", 7n, { positions });
  await ingestor.commit();
  const [commit] = await readCommits(store);
  const rows = commit?.points.flatMap((file) => file.groups.rows) ?? [];
  expect(rows.reduce((sum, each) => sum + each, 0)).toBe(side ** 3);
  expect(rows.length).toBeLessThanOrEqual(10);
});
