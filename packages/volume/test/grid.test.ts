import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultBlockShape } from "../src/grid.ts";
import { BlockGrid, type Triple } from "../src/index.ts";

const size = fc.integer({ min: 1, max: 40 });
const triple = fc.tuple(size, size, size);

test("every voxel is in one block", () => {
  fc.assert(
    fc.property(triple, triple, triple, (origin, shape, blockShape) => {
      const grid = new BlockGrid(origin, shape, blockShape);
      fc.pre(grid.length < 5000);
      const blocks = [...grid];
      expect(blocks).toHaveLength(grid.length);
      expect(new Set(blocks.map(({ id }) => id)).size).toBe(grid.length);
      let voxels = 0;
      for (const { id, start, shape: inner } of blocks) {
        expect(id).toBe(
          start.map((at, i) => (at - (origin[i] ?? 0)) / (blockShape[i] ?? 1)).join("_"),
        );
        voxels += inner[0] * inner[1] * inner[2];
      }
      expect(voxels).toBe(shape[0] * shape[1] * shape[2]);
    }),
  );
});

test("shares divide the blocks in the order of the grid", () => {
  fc.assert(
    fc.property(triple, fc.integer({ min: 1, max: 50 }), (counts, count) => {
      fc.pre(counts[0] * counts[1] * counts[2] < 5000);
      const grid = new BlockGrid([0, 0, 0], counts, [1, 1, 1]);
      const shares = Array.from({ length: count }, (_, i) => [...grid.share(i, count)]);
      expect(shares.flat()).toEqual([...grid]);
      const lengths = shares.map((share) => share.length);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
    }),
  );
});

test("a share is compact", () => {
  const grid = new BlockGrid([0, 0, 0], [16, 16, 16], [1, 1, 1]);
  for (let i = 0; i < 8; i++) {
    const blocks = [...grid.share(i, 8)];
    for (const axis of [0, 1, 2] as const) {
      const at = blocks.map(({ start }) => start[axis]);
      expect(Math.max(...at) - Math.min(...at)).toBe(7);
    }
  }
});

test("a share of a huge grid starts at once", () => {
  const grid = new BlockGrid([0, 0, 0], [100_000, 100_000, 100_000], [64, 64, 64]);
  const [first] = grid.share(9_999, 10_000);
  expect(first?.shape).toEqual([64, 64, 64]);
});

test("shares and block shapes are checked", () => {
  const grid = new BlockGrid([0, 0, 0], [9, 9, 9], [3, 3, 3]);
  expect(() => grid.share(2, 2)).toThrow("Expected `index` to be an integer in [0, 2), got 2");
  expect(() => grid.share(0, 0)).toThrow("Expected `count` to be an integer from 1, got 0");
  expect(() => new BlockGrid([0, 0, 0], [9, 9, 9], [3, 0, 3])).toThrow("blockShape");
});

test("default blocks are whole chunks of 64³ to 128³ voxels, or parts of huge ones", () => {
  const large: Triple = [4096, 4096, 4096];
  const cases: [chunk: Triple, block: Triple][] = [
    [
      [64, 64, 64],
      [64, 64, 64],
    ],
    [
      [128, 128, 128],
      [128, 128, 128],
    ],
    [
      [16, 16, 16],
      [64, 64, 64],
    ],
    [
      [48, 40, 32],
      [96, 80, 64],
    ],
    [
      [512, 512, 1],
      [512, 512, 8],
    ],
    [
      [256, 256, 256],
      [128, 128, 128],
    ],
    [
      [2048, 2048, 1],
      [2048, 1024, 1],
    ],
    [
      [1, 1, 1],
      [64, 64, 64],
    ],
  ];
  for (const [chunk, block] of cases) expect(defaultBlockShape(large, chunk)).toEqual(block);
  expect(defaultBlockShape([100, 20, 1], [16, 16, 16])).toEqual([64, 32, 16]);
});
