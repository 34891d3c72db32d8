import type { Triple } from "@pocaduck/labelmap";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MortonGrid, ShardGrid, shardsOf } from "../src/index.ts";
import { countShards } from "../src/plan/shards.ts";

test("codes and shards of the male CNS are neuroglancer's", () => {
  const extents = { min: [0, 0, 0] as const, max: [94087, 78316, 134575] as const };
  const grid = new ShardGrid({ blockShape: [64, 64, 64], extents, shardBits: 15 }, 0);
  expect(grid.shape).toEqual([32, 32, 32]);
  expect(grid.morton([224, 192, 704])).toBe(553418752n);
  expect(grid.shard([224, 192, 704])).toBe(16889n);
  const axes: Triple[] = [
    [32, 0, 0],
    [0, 32, 0],
    [0, 0, 32],
  ];
  expect(axes.map((block) => grid.shard(block))).toEqual([1n, 2n, 4n]);
  const tasks = shardsOf({ blockShape: [64, 64, 64], extents, shardBits: 15 }, 0);
  expect(tasks.find(({ shard }) => shard === "16889")).toMatchObject({
    id: "blocks/s0/041f9",
    start: [224, 192, 704],
    end: [256, 224, 736],
  });
});

test("an axis without bits left is left out of the code", () => {
  const grid = new MortonGrid([16, 4, 2]);
  const places: Triple[] = [
    [2, 0, 1],
    [2, 3, 0],
    [9, 2, 1],
  ];
  expect(places.map((place) => grid.code(place))).toEqual([12n, 26n, 85n]);
});

test("the shards of a scale hold each of its blocks once, under the number of the block", () => {
  const point = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -300, max: 300 })));
  fc.assert(
    fc.property(point, point, fc.nat(6), fc.nat(2), (a, b, shardBits, scale) => {
      const pick = (best: (...values: number[]) => number): Triple =>
        [0, 1, 2].map((axis) => best(a[axis] ?? 0, b[axis] ?? 0)) as unknown as Triple;
      const extents = { min: pick(Math.min), max: pick(Math.max) };
      const layout = { blockShape: [64, 64, 64] as const, extents, shardBits };
      const grid = new ShardGrid(layout, scale);
      const seen = new Set<string>();
      const shards = shardsOf(layout, scale);
      expect(countShards(layout, scale)).toBe(shards.length);
      for (const { start, end, shard } of shards) {
        for (let z = start[2]; z < end[2]; z++) {
          for (let y = start[1]; y < end[1]; y++) {
            for (let x = start[0]; x < end[0]; x++) {
              expect(`${grid.shard([x, y, z])}`).toBe(shard);
              expect(seen.has(`${x},${y},${z}`)).toBe(false);
              seen.add(`${x},${y},${z}`);
            }
          }
        }
      }
      const along = (axis: 0 | 1 | 2): number =>
        Math.floor(extents.max[axis] / 2 ** scale / 64) -
        Math.floor(extents.min[axis] / 2 ** scale / 64) +
        1;
      expect(seen.size).toBe(along(0) * along(1) * along(2));
    }),
    { numRuns: 60 },
  );
});
