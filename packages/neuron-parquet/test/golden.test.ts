import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { encodeNeurons, type Neuron, openNeurons, readSwc, type Skeleton } from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = join(import.meta.dirname, "golden");

interface Facts {
  id: string;
  name: string | null;
  units: string;
  soma?: number | null;
  k?: number;
  [column: string]: unknown;
}

/** The files of `golden/make.py`, so that the package proves itself where nothing else is at hand. */
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Record<
  string,
  Facts[]
>;

/** What each file holds: the facts alone would let a neuron of another kind, or none, pass. */
const kinds: Record<string, ["skeleton" | "dotprops", (bigint | string)[]]> = {
  "integers.parquet": ["skeleton", [720575940625431866n, 7n, -2n]],
  "texts.parquet": ["skeleton", ["left é", "722"]],
  "dotprops.parquet": ["dotprops", [5n]],
};

function columnsOf(neuron: Neuron): Record<string, unknown> {
  const list = (values: ArrayLike<unknown> | undefined) => Array.from(values ?? [], Number);
  const { x, y, z } = neuron;
  const rows = (...columns: (ArrayLike<number> | undefined)[]) =>
    Array.from(x, (_, row) => columns.map((column) => column?.[row]));
  if (neuron.kind === "dotprops") {
    const { vectors, alpha } = neuron;
    return {
      points: rows(x, y, z),
      vect: rows(vectors?.x, vectors?.y, vectors?.z),
      alpha: list(alpha),
    };
  }
  const { nodeId, parentId, radius, soma } = neuron;
  return {
    soma: soma?.[0] ?? null,
    node_id: list(nodeId),
    parent_id: list(parentId),
    x: list(x),
    y: list(y),
    z: list(z),
    radius: list(radius),
  };
}

test("every golden file is looked at", () => {
  expect(Object.keys(expected).sort()).toEqual(Object.keys(kinds).sort());
});

test.each(Object.entries(kinds))(
  "%s, written by navis, reads as navis read it",
  async (name, [kind, ids]) => {
    await using file = await openNeurons(join(folder, name));
    const wanted = expected[name] as Facts[];
    expect([...(await file.ids())].sort()).toEqual([...ids].sort());
    expect(wanted.map(({ id }) => id).sort()).toEqual(ids.map(String).sort());
    for (const id of ids) {
      const { k, ...want } = wanted.find((one) => one.id === String(id)) as Facts;
      const neuron = (await file.neuron(id)) as Neuron;
      expect(neuron.kind).toBe(kind);
      expect({
        id: String(neuron.id),
        name: neuron.name ?? null,
        units: neuron.units,
        ...columnsOf(neuron),
      }).toEqual(want);
      // navis writes no k: it gives 5 for every file without one.
      expect([neuron.k, k]).toEqual([undefined, kind === "dotprops" ? 5 : undefined]);
    }
  },
);

test("SWC written by navis holds id, name and units in its header", async () => {
  const read = await all(readSwc(join(folder, "swc")));
  expect(read.map(({ id, name, units, x }) => [id, name, units, x.length])).toEqual([
    [7n, "made b", "8 nanometer", 12],
    [720575940625431866n, "made a", "8 nanometer", 40],
  ]);
});

test("ids of any integer column are exact", async () => {
  const skeleton = (["node_id", "parent_id"] as const).map((name, at) => ({
    name,
    type: "INT32" as const,
    data: [1, 2].map((id) => id - at * 2),
  }));
  const place = ["x", "y", "z"].map((name) => ({ name, type: "FLOAT" as const, data: [0, 1] }));
  for (const [type, data, want] of [
    ["INT32", [-7, 2 ** 31 - 1], [-7n, 2n ** 31n - 1n]],
    ["INT64", [2n ** 62n, -1n], [2n ** 62n, -1n]],
    ["DOUBLE", [1.5, 2], [1.5, 2]],
    ["STRING", ["b", "a"], ["b", "a"]],
  ] as const) {
    const columnData = [...skeleton, ...place, { name: "neuron", type, data: [...data] }];
    const file = await openNeurons(parquetWriteBuffer({ columnData }));
    expect(await file.ids()).toEqual(want);
    for (const id of want) expect((await file.neuron(id))?.x).toHaveLength(1);
  }
});

test("metadata in a table leave a footer that does not grow with the neurons", async () => {
  const footer = async (count: number, metadata: "keys" | "table") => {
    const neurons = Array.from({ length: count }, (_, at) =>
      makeSkeleton(720575940600000000n + BigInt(at), 3),
    );
    const bytes = await encodeNeurons(neurons, { metadata });
    const file = await openNeurons(bytes);
    expect((await file.allMetadata()).at(-1)).toMatchObject({
      name: `made ${neurons.at(-1)?.id}`,
      soma: [1],
    });
    expect((await file.neuron(neurons[count >> 1]?.id ?? 0n)) as Skeleton).toEqual(
      neurons[count >> 1],
    );
    return new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  };
  expect(await footer(2000, "keys")).toBeGreaterThan(200_000);
  expect(await footer(2000, "table")).toBeLessThan((await footer(20, "table")) + 100);
});
