import { describe, expect, test } from "vitest";
import { encodeNeurons, openNeurons, type Skeleton, type WriteOptions } from "../src/index.ts";
import { compressor } from "../src/parquet/compress.ts";
import { TableWriter } from "../src/parquet/table-writer.ts";
import type { WriteColumn, WriteData } from "../src/parquet/write-column.ts";
import { memorySink } from "../src/sink.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

type Spelled = Omit<WriteColumn, "name" | "encoding"> & WriteData;

/** A table of two rows as another program might write it. */
async function tableOf(
  columns: Record<string, Spelled>,
  keys: [string, string][] = [],
): Promise<Uint8Array> {
  const sink = memorySink();
  const specs = Object.entries(columns).map(
    ([name, { type, optional = false, annotation }]): WriteColumn => ({
      name,
      type,
      optional,
      annotation,
      encoding: "plain",
    }),
  );
  const writer = new TableWriter(
    async (bytes) => sink.write(bytes),
    specs,
    compressor("none"),
    1000,
  );
  await writer.group(
    Object.values(columns).map(({ values, nulls }) => ({ values, nulls })),
    2,
  );
  await writer.end(keys, "another program");
  return sink.bytes();
}

const int32 = (...values: number[]): Spelled => ({
  type: "INT32",
  values: Int32Array.from(values),
});
const float = (...values: number[]): Spelled => ({
  type: "FLOAT",
  values: Float32Array.from(values),
});
const text = (...values: string[]): Spelled => ({ type: "BYTE_ARRAY", annotation: "text", values });
const place = { x: float(1, 2), y: float(3, 4), z: float(5, 6) };
const ids = { type: "INT64", values: BigInt64Array.of(7n, 7n) } as const;

describe("columns of every type that may stand there", () => {
  const wide = { type: "INT64", values: BigInt64Array.of(1n, 2n ** 60n) } as const;
  const nodes: Record<string, [nodes: Spelled, parents: Spelled, want: bigint[]]> = {
    INT32: [int32(1, 2), int32(-1, 1), [1n, 2n]],
    INT64: [wide, { type: "INT64", values: BigInt64Array.of(-1n, 1n) }, [1n, 2n ** 60n]],
    UINT32: [
      { ...int32(1, -2), annotation: "unsigned" },
      { ...int32(0, 1), annotation: "unsigned", optional: true, nulls: Uint8Array.of(1, 0) },
      [1n, 2n ** 32n - 2n],
    ],
    UINT64: [
      { type: "INT64", annotation: "unsigned", values: BigInt64Array.of(1n, -2n) },
      {
        type: "INT64",
        annotation: "unsigned",
        optional: true,
        values: BigInt64Array.of(0n, 1n),
        nulls: Uint8Array.of(1, 0),
      },
      [1n, 2n ** 64n - 2n],
    ],
    "INT32 of OPTIONAL columns": [
      { ...int32(1, 2), optional: true },
      { ...int32(-5, 1), optional: true },
      [1n, 2n],
    ],
  };
  test.each(Object.entries(nodes))("node ids of %s", async (_, [node_id, parent_id, want]) => {
    const file = await openNeurons(await tableOf({ ...place, parent_id, neuron: ids, node_id }));
    const neuron = (await file.neuron(7n)) as Skeleton;
    expect(Array.from(neuron.nodeId as ArrayLike<number>, BigInt)).toEqual(want);
    const parents = Array.from(neuron.parentId as ArrayLike<number>, (id) =>
      BigInt.asIntN(64, BigInt(id)),
    );
    expect(parents).toEqual([-1n, 1n]);
  });

  const coordinates: [Spelled, string][] = [
    [float(1, 2), "Float32Array"],
    [{ type: "DOUBLE", values: Float64Array.of(1, 2) }, "Float64Array"],
    [int32(1, 2), "Int32Array"],
    [{ type: "INT64", values: BigInt64Array.of(1n, 2n) }, "Float64Array"],
  ];
  test.each(coordinates)("coordinates of %o", async (x, kind) => {
    const tree = { node_id: int32(1, 2), parent_id: int32(-1, 1), neuron: ids };
    const file = await openNeurons(await tableOf({ ...tree, ...place, x }));
    const neuron = await file.neuron(7n);
    expect(neuron?.x.constructor.name).toBe(kind);
    expect([...(neuron?.x ?? [])]).toEqual([1, 2]);
  });

  test("labels as text, radius unknown, ids as bytes", async () => {
    const tree = { node_id: int32(1, 2), parent_id: int32(-1, 1) };
    const radius = {
      ...float(0.5, Number.NaN),
      optional: true,
      nulls: Uint8Array.of(0, 1),
    };
    const bytes = { type: "BYTE_ARRAY", values: ["é 1", "é 1"] } as const;
    const all = { ...tree, ...place, label: text("soma", "axon"), radius, neuron: bytes };
    const file = await openNeurons(await tableOf(all));
    expect(await file.neuron("é 1")).toMatchObject({
      label: ["soma", "axon"],
      radius: Float32Array.of(0.5, Number.NaN),
    });
  });
});

test("ids of any 64 bits and any text are exact, each found alone", async () => {
  const kinds: [ids: (bigint | string)[], options?: WriteOptions][] = [
    [[0n, -1n, 720575940625431866n, 2n ** 63n - 1n, -(2n ** 63n)]],
    [[0n, 2n ** 63n, 2n ** 64n - 1n]],
    [["007", "7", "None", "é漢", "\u{1f9e0}", "a b", "/", "..", "\ufeffbom"]],
    [["3f2504e0-4f89-11d3-9a0c-0305e82c3301"]],
    [["a:b", "a", "a:b:c", "_x"], { allowUnreadable: true }],
  ];
  for (const [list, options] of kinds) {
    for (const metadata of ["keys", "table"] as const) {
      const neurons = list.map((id, at) => makeSkeleton(id, at + 2, { properties: { at } }));
      const file = await openNeurons(
        await encodeNeurons(neurons, { ...options, metadata, order: "keep" }),
      );
      expect(await file.ids()).toEqual(list);
      expect(await all(file.neurons())).toEqual(neurons);
      for (const neuron of neurons) expect(await file.neuron(neuron.id)).toEqual(neuron);
      for (const other of [5n, "other", 2n ** 70n, -(2n ** 64n) + 1n, 1.5]) {
        expect(await file.neuron(other), String(other)).toBeUndefined();
        expect(await file.metadata(other), String(other)).toBeUndefined();
      }
    }
  }
});

describe("metadata", () => {
  const tree = { node_id: int32(1, 2), parent_id: int32(-1, 1), ...place, neuron: ids };
  const read = async (...keys: [string, string][]) => {
    const file = await openNeurons(await tableOf(tree, [["7:id", "7"], ...keys]));
    const metadata = await file.metadata(7n);
    return { ...metadata, warnings: file.warnings.map(({ message }) => message) };
  };

  test.each([
    ["str", "None", "None"],
    ["str", "", ""],
    ["int", "18446744073709551617", 18446744073709551617n],
    ["int", "-3", -3n],
    ["float", "0.1", 0.1],
    ["float", "NaN", Number.NaN],
    ["float", "Infinity", Number.POSITIVE_INFINITY],
    ["bool", "true", true],
    ["bool", "False", false],
    ["json", '[1,"a",null]', [1, "a", null]],
  ])("a property of type %s, %s", async (dtype, value, want) => {
    const { properties } = await read(["_dtype:p", dtype], ["7:p", value]);
    expect(properties?.p).toEqual(want);
  });

  test("without a type it is text, and None is nothing", async () => {
    const plain = await read(["7:p", "1.5"], ["7:q", "None"], ["7:name", "None"]);
    expect(plain).toEqual({ id: 7n, properties: { p: "1.5" }, warnings: [] });
    const typed = await read(["_dtype:name", "str"], ["7:name", "None"]);
    expect(typed.name).toBe("None");
  });

  test.each([
    ["0", [0]],
    ["[0]", [0]],
    ["[]", undefined],
    ["[1, 2]", [1, 2]],
    ["[1 2]", [1, 2]],
    ["np.int32(6)", [6]],
    ["None", undefined],
  ])("a soma spelled %s", async (value, want) => {
    const { soma, warnings } = await read(["7:soma", value]);
    expect(soma?.map(Number)).toEqual(want);
    expect(warnings).toEqual([]);
  });

  test("a type nobody knows costs a warning, a broken value only itself", async () => {
    const { properties, warnings, name } = await read(
      ["_dtype:p", "complex"],
      ["7:p", "1+2j"],
      ["_dtype:q", "json"],
      ["7:q", "{"],
      ["7:name", "seven"],
    );
    expect({ properties, name }).toEqual({ properties: { p: "1+2j", q: "{" }, name: "seven" });
    expect(warnings).toHaveLength(2);
  });

  test("the private values win until another program changes the public ones", async () => {
    const [soma, units] = ["_neuron-parquet:7:soma", "_neuron-parquet:7:units"] as const;
    const three = JSON.stringify(["4 nanometer", "4 nanometer", "40 nanometer"]);
    expect(await read(["7:soma", "1"], [soma, "[1, 2]"], [units, three])).toMatchObject({
      soma: [1, 2],
      units: JSON.parse(three),
    });
    expect(
      await read(["7:soma", "2"], [soma, "[1, 2]"], ["7:units", "8 nanometer"], [units, three]),
    ).toMatchObject({ soma: [2], units: "8 nanometer" });
  });
});
