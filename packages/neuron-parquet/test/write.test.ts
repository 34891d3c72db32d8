import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  encodeNeurons,
  type Neuron,
  openNeurons,
  type Skeleton,
  type WriteOptions,
  writeNeurons,
} from "../src/index.ts";
import { all, makeConnectors, makeDotprops, makeSkeleton, skeletons } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

async function back(neurons: readonly Neuron[], options: WriteOptions = {}): Promise<Neuron[]> {
  const file = await openNeurons(await encodeNeurons(neurons as Neuron[], options));
  const list = await all(file.neurons({ attributes: true }));
  for (const neuron of list)
    expect(await file.neuron(neuron.id, { attributes: true })).toEqual(neuron);
  return list;
}

const byId = (list: readonly Neuron[]): Map<string, Neuron> =>
  new Map(list.map((neuron) => [`${typeof neuron.id} ${neuron.id}`, neuron]));

test("what is written reads back the same, in every option", async () => {
  await fc.assert(
    fc.asyncProperty(
      skeletons,
      fc.record({
        metadata: fc.constantFrom("keys", "table"),
        codec: fc.constantFrom("zstd", "gzip", "none"),
        groupRows: fc.integer({ min: 1, max: 60 }),
        pageRows: fc.integer({ min: 1, max: 30 }),
        order: fc.constantFrom("sorted", "keep"),
      }) as fc.Arbitrary<WriteOptions>,
      async (neurons, options) => {
        const radius = neurons.some((n) => n.radius && n.x.length > 0);
        const label = neurons.some((n) => n.label && n.x.length > 0);
        const expected = neurons.map(
          ({ radius: r, label: l, ...rest }): Neuron => ({
            ...rest,
            ...(radius && r ? { radius: r } : {}),
            ...(label && l ? { label: l } : {}),
          }),
        );
        const mixed = new Set(neurons.map(({ nodeId }) => nodeId.constructor)).size > 1;
        // A neuron is read into the narrowest arrays, whatever the column has.
        expect(
          byId(await back(neurons, mixed ? { ...options, nodeIds: "int64" } : options)),
        ).toEqual(byId(expected));
      },
    ),
    { numRuns: 150 },
  );
});

test("a stream is written as it comes and a list sorted", async () => {
  const neurons = [makeSkeleton(3n, 5), makeSkeleton(1n, 7), makeSkeleton(2n, 2)];
  const order = async (source: Neuron[] | AsyncIterable<Neuron>, options?: WriteOptions) => {
    const file = await openNeurons(await encodeNeurons(source, options));
    return file.ids();
  };
  expect(await order(neurons)).toEqual([1n, 2n, 3n]);
  expect(await order(neurons, { order: "keep" })).toEqual([3n, 1n, 2n]);
  const stream = (async function* () {
    yield* neurons;
  })();
  expect(await order(stream)).toEqual([3n, 1n, 2n]);
  await expect(order(new Set(neurons) as never, { order: "sorted" })).rejects.toThrow(TypeError);
});

test("an empty list makes an empty file", async () => {
  for (const dialect of ["navis", "navis-1", "zip", "neurarrow"] as const) {
    await expect(encodeNeurons([], { dialect })).resolves.toBeInstanceOf(Uint8Array);
  }
  const report = await writeNeurons(path("empty.parquet"), [makeSkeleton(5n, 0, { soma: [] })]);
  expect(report).toMatchObject({ neurons: 1, rows: 0, empty: [5n] });
  await using file = await openNeurons(path("empty.parquet"));
  expect(await file.ids()).toEqual([5n]);
  expect((await file.neuron(5n))?.x).toHaveLength(0);
});

test("dotprops keep vectors, alpha and k", async () => {
  const neurons = [makeDotprops(1n, 30), makeDotprops(2n, 4, { k: 5 })];
  expect(await back(neurons)).toEqual(neurons);
  const points = neurons.map(({ vectors: _, alpha: __, ...rest }) => rest) as Neuron[];
  expect(await back(points)).toEqual(points);
  await expect(back([neurons[0] as Neuron, points[1] as Neuron])).rejects.toMatchObject({
    code: "mixed-types",
  });
});

test("connectors go beside the file and a stale sidecar goes away", async () => {
  const one = makeSkeleton(1n, 20);
  const neurons = [{ ...one, connectors: makeConnectors(one, 9) }, makeSkeleton(2n, 4)];
  const report = await writeNeurons(path("c.na.parquet"), neurons);
  expect(report.connectors).toBe(9);
  expect(existsSync(path("c.na.connectors.parquet"))).toBe(true);
  await using file = await openNeurons(path("c.na.parquet"));
  expect((await file.neuron(1n))?.connectors).toEqual(neurons[0]?.connectors);
  expect((await file.neuron(2n))?.connectors?.connectorId).toHaveLength(0);
  expect((await file.neuron(1n, { connectors: false }))?.connectors).toBeUndefined();
  await writeNeurons(path("c.na.parquet"), [one]);
  expect(existsSync(path("c.na.connectors.parquet"))).toBe(false);
  const lost = await writeNeurons({ write: () => {} }, neurons);
  expect(lost.warnings).toEqual([
    { neuron: 1n, message: "left out 9 connectors: they have no place to go" },
  ]);
});

test("the zip holds both tables, readable in place", async () => {
  const one = makeSkeleton(1n, 20);
  const neurons = [{ ...one, connectors: makeConnectors(one, 9) }];
  const report = await writeNeurons(path("z.parquet.zip"), neurons, { dialect: "zip" });
  expect(report).toMatchObject({
    connectors: 9,
    bytes: readFileSync(path("z.parquet.zip")).length,
  });
  await using file = await openNeurons(path("z.parquet.zip"));
  expect(await file.neuron(1n)).toEqual(neurons[0]);
  const file2 = await openNeurons(await encodeNeurons(neurons, { dialect: "zip" }));
  expect(await file2.neuron(1n)).toEqual(neurons[0]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("neurarrow and back restores ids, nodes, parents, radius, label, soma, name and connectors", async () => {
  const wide = makeSkeleton("b", 12, {
    radius: Float32Array.from({ length: 12 }, (_, row) => (row % 2 ? Number.NaN : row)),
  });
  for (const ids of [
    ["a", "b"],
    [7n, 720575940625431866n],
    ["7", "8"],
  ] as const) {
    const neurons = [makeSkeleton(ids[0], 30, { soma: [4] }), { ...wide, id: ids[1] }].map(
      (neuron) => ({
        ...neuron,
        connectors: makeConnectors(neuron, 6),
      }),
    );
    await writeNeurons(path("n.parquet"), neurons, { dialect: "neurarrow", context: "test" });
    await using file = await openNeurons(path("n.parquet"));
    expect(file.dialect).toBe("neurarrow");
    const restored = (await all(file.neurons())) as Skeleton[];
    for (const [at, neuron] of restored.entries()) {
      const want = neurons[at] as Skeleton;
      const { id, nodeId, parentId, label, soma, name } = want;
      expect(neuron).toMatchObject({
        id,
        nodeId,
        parentId,
        label,
        soma,
        name,
        units: "1 nanometer",
      });
      expect(Array.from(neuron.x)).toEqual(Array.from(want.x, (x) => x * 8));
      expect(Array.from(neuron.radius ?? [])).toEqual(Array.from(want.radius ?? [], (r) => r * 8));
      const { connectorId, nodeId: nodes, type } = neuron.connectors ?? {};
      const { connectorId: id2, nodeId: nodes2, type: type2 } = want.connectors ?? {};
      expect({ connectorId, nodes, type }).toEqual({
        connectorId: id2,
        nodes: nodes2,
        type: type2,
      });
    }
  }
  const dots = [makeDotprops(4n, 8), makeDotprops(9n, 3)];
  const [first] = (await back(dots, { dialect: "neurarrow" })) as Neuron[];
  expect(first).toMatchObject({ id: 4n, k: 20, units: "1 nanometer" });
  await expect(
    back([dots[0] as Neuron, makeDotprops(5n, 3, { units: "1 micrometer" })], {
      dialect: "neurarrow",
    }),
  ).rejects.toMatchObject({ code: "mixed-types" });
});

test("what navis could not read back is refused unless asked for", async () => {
  const refused: [Partial<Skeleton>, string][] = [
    [{ id: "a:b" }, "invalid-id"],
    [{ id: "_x" }, "invalid-id"],
    [{ id: 2n ** 64n }, "invalid-id"],
    [{ id: 1.5 }, "invalid-id"],
    [{ properties: { cable_length: 5 } }, "invalid-metadata"],
    [{ properties: { "a:b": 5 } }, "invalid-metadata"],
    [{ properties: { name: "x" } }, "invalid-metadata"],
    [{ units: "[4 4 40] nanometer" }, "invalid-metadata"],
    [{ soma: [99] }, "invalid-metadata"],
    [{ y: new Float32Array(3) }, "invalid-neuron"],
    [{ attributes: { x: new Float32Array(4) } }, "invalid-neuron"],
  ];
  for (const [bad, code] of refused) {
    await expect(
      encodeNeurons([makeSkeleton(1n, 4, bad)]),
      JSON.stringify(bad, String),
    ).rejects.toMatchObject({ code });
  }
  for (const good of [
    { id: "a:b" },
    { id: "_x" },
    { properties: { "a:b": "5" } },
    { soma: [99] },
  ]) {
    const neuron = makeSkeleton(1n, 4, good);
    expect(await back([neuron], { allowUnreadable: true })).toEqual([neuron]);
  }
  await expect(encodeNeurons([makeSkeleton(1n, 4), makeSkeleton(1n, 4)])).rejects.toMatchObject({
    code: "duplicate-id",
  });
  await expect(encodeNeurons([makeSkeleton(1n, 4), makeSkeleton("1", 4)])).rejects.toMatchObject({
    code: "mixed-types",
  });
  await expect(encodeNeurons([makeSkeleton(1n, 4), makeDotprops(2n, 4)])).rejects.toMatchObject({
    code: "mixed-types",
  });
  await expect(
    encodeNeurons([makeSkeleton(-1n, 4), makeSkeleton(2n ** 63n, 4)]),
  ).rejects.toMatchObject({ code: "mixed-types" });
});

test("attributes keep their types and are null where a neuron lacks them", async () => {
  const attributes = {
    strahler: Int32Array.of(1, 2, 3, 4),
    big: BigInt64Array.of(-(2n ** 62n), 1n, 2n, 3n),
    root: BigUint64Array.of(2n ** 64n - 1n, 1n, 2n, 3n),
    flag: Uint8Array.of(1, 0, 1, 1),
    fine: Float64Array.of(0.1, 0.2, Number.NaN, 1e300),
    type: ["axon", "", "dendrite", "é"],
  };
  const neuron = makeSkeleton(1n, 4, { attributes });
  expect(await back([neuron])).toEqual([neuron]);
  const [, other] = await back([neuron, makeSkeleton(2n, 2)]);
  expect(Object.keys(other?.attributes ?? {})).toEqual(Object.keys(attributes));
});

test("coordinates keep their type or are told not to fit", async () => {
  const doubles = makeSkeleton(1n, 3, {
    x: Float64Array.of(0.1, 1, 2),
    y: new Float64Array(3),
    z: new Float64Array(3),
  });
  expect(await back([doubles])).toEqual([doubles]);
  expect((await back([doubles, makeSkeleton(2n, 3)])).map(({ x }) => x.constructor.name)).toEqual([
    "Float64Array",
    "Float64Array",
  ]);
  expect((await back([doubles], { coordinates: "float32" }))[0]?.x).toEqual(
    Float32Array.of(0.1, 1, 2),
  );
  const stream = (async function* () {
    yield makeSkeleton(1n, 40_000);
    yield { ...doubles, id: 2n };
  })();
  await expect(encodeNeurons(stream)).rejects.toMatchObject({
    code: "mixed-types",
    neuron: undefined,
  });
});

test("a write that fails leaves the old file and no other", async () => {
  writeFileSync(path("old.parquet"), "old");
  const failing = (async function* (): AsyncGenerator<Neuron> {
    yield makeSkeleton(1n, 50_000);
    throw new Error("source broke");
  })();
  await expect(writeNeurons(path("old.parquet"), failing)).rejects.toThrow("source broke");
  expect(readFileSync(path("old.parquet"), "utf8")).toBe("old");
  expect(readdirSync(folder).filter((name) => name.includes("tmp"))).toEqual([]);
});

test("ids, limit and where select neurons in the order asked", async () => {
  const file = await openNeurons(
    await encodeNeurons([1n, 2n, 3n, 4n].map((id) => makeSkeleton(id, 5))),
  );
  const ids = async (options: Parameters<typeof file.neurons>[0]) =>
    (await all(file.neurons(options))).map(({ id }) => id);
  expect(await ids({})).toEqual([1n, 2n, 3n, 4n]);
  expect(await ids({ limit: 0 })).toEqual([]);
  expect(await ids({ limit: 2 })).toEqual([1n, 2n]);
  expect(await ids({ limit: 99 })).toHaveLength(4);
  expect(await ids({ ids: [3, 1n, 3n] })).toEqual([3n, 1n]);
  expect(await ids({ ids: new Set([4n, 2n]), limit: 1 })).toEqual([4n]);
  expect(await ids({ where: ({ name }) => name === "made 2" })).toEqual([2n]);
  expect(await ids({ ids: [9n, 1n, "x"], missing: "skip" })).toEqual([1n]);
  expect(file.warnings.map(({ neuron }) => neuron)).toEqual([9n, "x"]);
  await expect(ids({ ids: [9n, 1n] })).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringContaining("has no neuron 9"),
  });
  await expect(ids({ limit: -1 })).rejects.toThrow(RangeError);
  expect(await file.neuron(9n)).toBeUndefined();
  expect(await file.metadata(9n)).toBeUndefined();
});
