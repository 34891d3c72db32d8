import { expect, test } from "vitest";
import { encodeBlock, readBlockLayout, readLabelTable } from "../src/index.ts";
import { volume } from "./vectors.ts";

test("the table is ascending within a sub-block's new labels, or as they are met", () => {
  const voxels = volume([16, 8, 8], (x) => BigInt(x < 8 ? 9 - x : x));
  const table = (order: "sorted" | "first-encounter"): bigint[] => {
    const bytes = encodeBlock(voxels, { shape: [16, 8, 8], order });
    return Array.from(readLabelTable(bytes, readBlockLayout(bytes)));
  };
  expect(table("sorted")).toEqual([2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n, 14n, 15n]);
  expect(table("first-encounter").slice(0, 3)).toEqual([9n, 8n, 7n]);
});

test("a shape that no block can have is refused by name", () => {
  const voxels = new BigUint64Array(512);
  expect(() => encodeBlock(voxels, { shape: [8, 8, 12] })).toThrow("`shape`");
  expect(() => encodeBlock(voxels, { shape: [8, 8, 1032] })).toThrow("`shape`");
  expect(() => encodeBlock(voxels, { shape: [8, 8, 16] })).toThrow("`voxels` to have 1024");
});
