import {
  type Column,
  columnFromArray,
  float32,
  int32,
  int64,
  list,
  tableFromColumns,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { expect, test } from "vitest";
import { fromArrow, isNeuronError, toArrowFile } from "../src/index.ts";
import { makeSkeleton } from "./arbitrary.ts";

const columns: Record<string, Column<unknown>> = {
  node_id: columnFromArray([1, 2], int32()),
  parent_id: columnFromArray([-1, 1], int32()),
  x: columnFromArray([0, 1], float32()),
  y: columnFromArray([0, 1], float32()),
  z: columnFromArray([0, null], float32()),
  neuron: columnFromArray([7n, 7n], int64()),
  note: columnFromArray(["a", "b"], utf8()),
  tags: columnFromArray([[1], [2, 3]], list(int32())),
};
const table = tableFromColumns(columns);

/** How it ended: the rows that were read, or the code of the error. */
async function ending(bytes: Uint8Array): Promise<number | string> {
  try {
    return (await fromArrow(bytes)).rows;
  } catch (error) {
    if (!isNeuronError(error)) throw error;
    return error.code;
  }
}

test.each([
  ["a file", toArrowFile([makeSkeleton("a", 5), makeSkeleton("b", 3)])],
  ["a file with lists", tableToIPC(table, { format: "file" }) as Uint8Array],
  ["a stream with lists", tableToIPC(table, { format: "stream" }) as Uint8Array],
])("every number of %s may be damaged: it is refused or read, at once", async (_, whole) => {
  const rows = await ending(whole);
  expect(rows).toBeGreaterThan(1);
  const ends = new Map<number | string, number>();
  // Lengths and offsets are whole numbers of 32 bits, aligned to as many.
  for (let at = 0; at + 4 <= whole.length; at += 4) {
    for (const value of [-9, 0, 2 ** 24 + 5, 2 ** 31 - 1]) {
      const bytes = whole.slice();
      new DataView(bytes.buffer).setInt32(at, value, true);
      const end = await ending(bytes);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  }
  for (let size = 0; size < whole.length; size += 7) {
    const end = await ending(whole.subarray(0, size));
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const kinds = [...ends.keys()].filter((end) => end !== rows).sort();
  expect(kinds).toEqual([0, "corrupt", "wrong-columns"]);
  expect(ends.get("corrupt")).toBeGreaterThan(whole.length / 8);
});
