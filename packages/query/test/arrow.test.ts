import { expect, test } from "vitest";
import { toArrow } from "../src/arrow.ts";
import type { PointCloud } from "../src/index.ts";

const cloud: PointCloud = {
  label: 7n,
  length: 2,
  axes: ["x", "y", "z"],
  positions: Int32Array.of(1, 2, 3, 4, 5, 6),
  attributes: { supervoxel: BigUint64Array.of(1n, 2n ** 64n - 1n), kind: ["a", "é"] },
  blocks: [],
  version: 1,
};

test("a cloud becomes an Arrow table of the same memory", () => {
  const table = toArrow(cloud);
  expect(table.schema.fields.map(String)).toEqual([
    "position: FixedSizeList[3]<Int32>",
    "supervoxel: Uint64",
    "kind: Utf8",
  ]);
  expect([...(table.getChild("position")?.get(1) ?? [])]).toEqual([4, 5, 6]);
  expect(table.getChild("supervoxel")?.get(1)).toBe(2n ** 64n - 1n);
  expect(table.getChild("kind")?.get(1)).toBe("é");
  const values = table.getChild("position")?.data[0]?.children[0]?.values;
  expect(values.buffer).toBe(cloud.positions.buffer);
});

test("an empty cloud keeps its columns", () => {
  const table = toArrow({ ...cloud, length: 0, positions: new Int32Array(0), attributes: {} });
  expect([table.numRows, String(table.schema.fields[0])]).toEqual([
    0,
    "position: FixedSizeList[3]<Int32>",
  ]);
});
