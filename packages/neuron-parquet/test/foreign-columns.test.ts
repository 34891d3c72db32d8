import {
  list as arrowList,
  type Column,
  columnFromArray,
  float16,
  float32,
  int32,
  int64,
  tableFromColumns,
  tableToIPC,
  timestamp,
  uint8,
  uint32,
} from "@uwdata/flechette";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { encodeNeurons, fromArrow, openNeurons, type Skeleton, toArrowFile } from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

type Data = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

const skeleton: SchemaElement[] = [
  { name: "node_id", type: "INT32", repetition_type: "REQUIRED" },
  { name: "parent_id", type: "INT32", repetition_type: "REQUIRED" },
  { name: "x", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "y", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "z", type: "FLOAT", repetition_type: "REQUIRED" },
];
const skeletonData: Data = [
  { name: "node_id", data: [1, 2, 3] },
  { name: "parent_id", data: [-1, 1, 2] },
  { name: "x", data: [0, 1, 2] },
  { name: "y", data: [3, 4, 5] },
  { name: "z", data: [6, 7, 8] },
];
const ids: SchemaElement = { name: "neuron", type: "INT64", repetition_type: "REQUIRED" };
const idData = { name: "neuron", data: [7n, 7n, 7n] };

interface Odd {
  schema: SchemaElement[];
  data: unknown[];
}

const list: (name: string) => Odd = (name) => ({
  schema: [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
  ],
  data: [[1n], [2n, 3n], []],
});
const one = (name: string, more: Partial<SchemaElement>, data: unknown[]): Odd => ({
  schema: [{ name, repetition_type: "OPTIONAL", ...more }],
  data,
});

/** A file of the skeleton and of columns that others may have. */
function file(odds: readonly Odd[], withIds = true): Uint8Array {
  const columns = odds.map(({ schema, data }) => ({
    name: (schema[0] as SchemaElement).name,
    data: data as number[],
  }));
  const columnData = [...skeletonData, ...(withIds ? [idData] : []), ...columns];
  const schema: SchemaElement[] = [
    { name: "root", num_children: columnData.length },
    ...skeleton,
    ...(withIds ? [ids] : []),
    ...odds.flatMap((odd) => odd.schema),
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}

const dates = [0, 1, 2].map((at) => new Date(at * 1000));
const unreadable: [name: string, type: string, odd: Odd][] = [
  ["tags", "a LIST", list("tags")],
  [
    "place",
    "a STRUCT",
    {
      schema: [
        { name: "place", repetition_type: "OPTIONAL", num_children: 2 },
        { name: "a", type: "INT32", repetition_type: "OPTIONAL" },
        { name: "b", type: "INT32", repetition_type: "OPTIONAL" },
      ],
      data: [{ a: 1, b: 2 }, { a: 3, b: 4 }, { a: 5 }],
    },
  ],
  [
    "when",
    "TIMESTAMP (INT64)",
    one("when", { type: "INT64", converted_type: "TIMESTAMP_MILLIS" }, dates),
  ],
  ["day", "DATE (INT32)", one("day", { type: "INT32", converted_type: "DATE" }, dates)],
  [
    "price",
    "DECIMAL (INT32)",
    one(
      "price",
      { type: "INT32", converted_type: "DECIMAL", scale: 2, precision: 6 },
      [1.25, 2, 3],
    ),
  ],
  [
    "blob",
    "BYTE_ARRAY",
    one(
      "blob",
      { type: "BYTE_ARRAY" },
      [0, 1, 2].map((at) => Uint8Array.of(255, at)),
    ),
  ],
];

test.each(unreadable)("column %s of type %s is listed as left out", async (name, type, odd) => {
  const opened = await openNeurons(file([odd]));
  expect(opened.warnings).toEqual([{ message: `column "${name}" is ${type}: left out` }]);
  const [neuron] = (await all(opened.neurons({ attributes: true }))) as [Skeleton];
  expect(neuron.attributes).toBeUndefined();
  expect(neuron.x).toEqual(Float32Array.of(0, 1, 2));
});

const nulls = Uint8Array.of(0, 1, 0);
const readable: [name: string, odd: Odd, want: unknown][] = [
  [
    "booleans",
    one("flag", { type: "BOOLEAN" }, [true, null, false]),
    { values: Uint8Array.of(1, 0, 0), nulls },
  ],
  [
    "integers",
    one("n", { type: "INT32" }, [-5, null, 9]),
    { values: Int32Array.of(-5, 0, 9), nulls },
  ],
  [
    "long integers",
    one("n", { type: "INT64" }, [2n ** 62n, null, -1n]),
    { values: BigInt64Array.of(2n ** 62n, 0n, -1n), nulls },
  ],
  [
    "unsigned ones",
    one("n", { type: "INT64", converted_type: "UINT_64" }, [1n, null, 3n]),
    { values: BigUint64Array.of(1n, 0n, 3n), nulls },
  ],
  [
    "texts",
    one("t", { type: "BYTE_ARRAY", converted_type: "UTF8" }, ["a", null, ""]),
    { values: ["a", "", ""], nulls },
  ],
  ["floats", one("f", { type: "DOUBLE" }, [1.5, null, 2]), Float64Array.of(1.5, Number.NaN, 2)],
  [
    "bytes that count",
    one("n", { type: "INT32", converted_type: "UINT_8" }, [1, 2, 255]),
    Int32Array.of(1, 2, 255),
  ],
];

describe("nulls of further columns", () => {
  test.each(readable)(
    "%s are read, written to Parquet and Arrow, and read again",
    async (_, odd, want) => {
      const name = (odd.schema[0] as SchemaElement).name;
      const read = await all((await openNeurons(file([odd]))).neurons({ attributes: true }));
      expect(read[0]?.attributes).toEqual({ [name]: want });
      const parquet = await openNeurons(await encodeNeurons(read));
      expect(await all(parquet.neurons({ attributes: true }))).toEqual(read);
      const arrow = await fromArrow(toArrowFile(read));
      expect(await all(arrow.neurons({ attributes: true }))).toEqual(read);
    },
  );

  test("a column that only one of two neurons has is null in the other", async () => {
    const flag = Uint8Array.of(1, 0);
    const neurons = [makeSkeleton(1n, 2, { attributes: { flag } }), makeSkeleton(2n, 2)];
    const opened = await openNeurons(await encodeNeurons(neurons));
    expect((await opened.neuron(1n, { attributes: true }))?.attributes).toEqual({ flag });
    expect((await opened.neuron(2n, { attributes: true }))?.attributes).toEqual({
      flag: { values: Uint8Array.of(0, 0), nulls: Uint8Array.of(1, 1) },
    });
  });
});

test("Arrow columns that cannot be kept are listed, and refused where they play a part", async () => {
  const columns: Record<string, Column<unknown>> = {
    node_id: columnFromArray([1, 2], int32()),
    parent_id: columnFromArray([-1, 1], int32()),
    x: columnFromArray([0, 1], float32()),
    y: columnFromArray([0, 1], float32()),
    z: columnFromArray([0, 1], float32()),
    neuron: columnFromArray([7n, 7n], int64()),
    small: columnFromArray([255, 3], uint8()),
    large: columnFromArray([2 ** 32 - 1, 3], uint32()),
    tags: columnFromArray([[1], [2, 3]], arrowList(int32())),
    when: columnFromArray([1, 2], timestamp()),
    half: columnFromArray([1, 2], float16()),
  };
  const ipc = (more: typeof columns) =>
    tableToIPC(tableFromColumns({ ...columns, ...more }), { format: "file" }) as Uint8Array;
  const opened = await fromArrow(ipc({}), "a.arrow");
  expect(opened.warnings).toEqual([
    { message: 'column "tags" is a LIST: left out' },
    { message: 'column "when" is TIMESTAMP: left out' },
    { message: 'column "half" is FLOAT16: left out' },
  ]);
  expect((await opened.neuron(7n, { attributes: true }))?.attributes).toEqual({
    small: Int32Array.of(255, 3),
    large: BigInt64Array.of(2n ** 32n - 1n, 3n),
  });
  const neuron = columnFromArray([[7], [7]], arrowList(int32())) as Column<unknown>;
  await expect(fromArrow(ipc({ neuron }), "a.arrow")).rejects.toMatchObject({
    code: "wrong-columns",
    file: "a.arrow",
    message: expect.stringContaining('column "neuron" is a LIST'),
  });
});

describe("an id column of a type that holds no ids is refused", () => {
  test.each([
    ["a LIST", list("neuron")],
    [
      "DECIMAL (INT64)",
      one("neuron", { type: "INT64", converted_type: "DECIMAL", scale: 0, precision: 18 }, [
        1n,
        2n,
        3n,
      ]),
    ],
    [
      "TIMESTAMP (INT64)",
      one("neuron", { type: "INT64", converted_type: "TIMESTAMP_MILLIS" }, dates),
    ],
    ["BOOLEAN", one("neuron", { type: "BOOLEAN" }, [true, true, false])],
  ])("%s", async (type, odd) => {
    await expect(openNeurons(file([odd], false))).rejects.toMatchObject({
      code: "wrong-columns",
      message: expect.stringContaining(`column "neuron" is ${type}, expected INT32, INT64,`),
    });
  });

  test("bytes that are no UTF-8", async () => {
    const bytes = [0, 1, 2].map((at) => Uint8Array.of(255, at));
    const opened = await openNeurons(file([one("neuron", { type: "BYTE_ARRAY" }, bytes)], false));
    await expect(opened.ids()).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining('column "neuron" holds bytes that are no UTF-8'),
    });
  });
});
