import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { defaultCellSize, joinCells, splitIntoCells } from "../src/index.ts";

const blob = (size: number) => Uint8Array.from({ length: size }, (_, at) => at % 251);

test("cells join to the value, whatever its size and the number of columns", () => {
  fc.assert(
    fc.property(fc.nat(600), fc.integer({ min: 1, max: 12 }), (size, columns) => {
      const cells = splitIntoCells(blob(size), columns, 50);
      expect(cells === undefined).toBe(size > columns * 50);
      if (!cells) return;
      expect(cells).toHaveLength(columns);
      expect(Math.max(...cells.map(({ length }) => length))).toBeLessThanOrEqual(50);
      expect(joinCells(cells)).toEqual(blob(size));
    }),
  );
});

test("a cell holds 129,024 bytes, four of them 516,096, and not one more", () => {
  expect(defaultCellSize).toBe(129_024);
  for (const [size, columns] of [
    [129_024, 1],
    [516_096, 4],
    [1_548_288, 12],
  ] as const) {
    expect(splitIntoCells(blob(size), columns)?.every(({ length }) => length === 129_024)).toBe(
      true,
    );
    expect(splitIntoCells(blob(size + 1), columns)).toBeUndefined();
  }
});

test("a long list of labels is cut between labels", () => {
  const labels = BigUint64Array.from({ length: 16_129 }, (_, at) => 2n ** 64n - 1n - BigInt(at));
  const cells = splitIntoCells(labels, 2);
  expect(cells?.map(({ length }) => length)).toEqual([16_128, 1]);
  expect(cells?.flatMap((cell) => [...cell])).toEqual([...labels]);
  expect(splitIntoCells(labels, 1)).toBeUndefined();
});

test("cells that hold nothing are empty and not null, and null ones join as empty", () => {
  expect(splitIntoCells(blob(3), 3, 2)?.map(({ length }) => length)).toEqual([2, 1, 0]);
  expect(joinCells([blob(2), null, blob(1)])).toEqual(Uint8Array.of(0, 1, 0));
  expect(() => splitIntoCells(blob(1), 0)).toThrow(/`columns` to be an integer from 1, got 0/);
});

const python = judge("pyarrow");

test.skipIf(python === undefined)("pyarrow joins them with its defaults (needs pyarrow)", () => {
  const cells = splitIntoCells(blob(300), 4, 100)?.map((cell) => Buffer.from(cell).toString("hex"));
  const code = `
import json, sys, pyarrow as pa, pyarrow.compute as pc
cells = [pa.array([bytes.fromhex(cell)], pa.binary()) for cell in json.load(sys.stdin)]
print(pc.binary_join_element_wise(*cells, b"")[0].as_py().hex())`;
  const joined = execFileSync(String(python), ["-c", code], { input: JSON.stringify(cells) });
  expect(Buffer.from(String(joined).trim(), "hex")).toEqual(Buffer.from(blob(300)));
});
