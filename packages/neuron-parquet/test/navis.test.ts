import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Neuron, openNeurons, type WriteOptions, writeNeurons } from "../src/index.ts";
import { all, makeConnectors, makeDotprops, makeSkeleton } from "./arbitrary.ts";
import { askNavis, describeNeuron, navis, navis2 } from "./judge/navis.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-navis-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, `${name}.parquet`);

const many = (...ids: (bigint | string)[]): Neuron[] =>
  ids.map((id, at) => makeSkeleton(id, 20 + at * 7));
const wide = makeSkeleton(3n, 6, {
  nodeId: BigInt64Array.of(1n, 2n ** 40n, 3n, 4n, 5n, 6n),
  parentId: BigInt64Array.of(-1n, 1n, 1n, 2n ** 40n, 4n, -1n),
  x: Float64Array.of(0.1, 1, 2, 3, 4, 1e100),
});

/** What is written, and what of it navis cannot be expected to give back. */
const files: Record<
  string,
  { neurons: Neuron[]; options?: WriteOptions; reads?: Partial<Record<string, unknown>> }
> = {
  skeletons: { neurons: many(5n, 1n, 3n) },
  "navis 1": { neurons: many(5n, 1n), options: { dialect: "navis-1" } },
  one: { neurons: many(1734350788n) },
  "big ids": { neurons: many(720575940625431866n, 0n, -5n, 2n ** 62n) },
  "uint64 ids": { neurons: many(2n ** 63n, 2n ** 64n - 1n, 7n) },
  "text ids": { neurons: many("a", "neuron é漢", "722817260") },
  "small groups": { neurons: many(1n, 2n, 3n, 4n), options: { groupRows: 10, pageRows: 4 } },
  gzip: { neurons: many(1n, 2n), options: { codec: "gzip" } },
  uncompressed: { neurons: many(1n, 2n), options: { codec: "none" } },
  "wide columns": { neurons: [wide], reads: { soma: 1 } },
  "no radius": { neurons: [makeSkeleton(1n, 9, { radius: undefined })] },
  "unknown radii": {
    neurons: [
      makeSkeleton(1n, 3, { radius: Float32Array.of(1, Number.NaN, 2) }),
      makeSkeleton(2n, 2),
    ],
  },
  "several somas": { neurons: [makeSkeleton(1n, 9, { soma: [3, 1, 4] })] },
  "soma 0": {
    neurons: [
      makeSkeleton(1n, 2, {
        nodeId: Int32Array.of(0, 1),
        parentId: Int32Array.of(-1, 0),
        soma: [0],
      }),
    ],
  },
  "no soma": { neurons: [makeSkeleton(1n, 2, { soma: undefined, name: undefined })] },
  "anisotropic units": {
    neurons: [makeSkeleton(1n, 9, { units: ["4 nanometer", "4 nanometer", "40 nanometer"] })],
    reads: { units: "1 dimensionless" },
  },
  "short units": {
    neurons: [makeSkeleton(1n, 9, { units: "nm" })],
    reads: { units: "1 nanometer" },
  },
  attributes: {
    neurons: [
      makeSkeleton(1n, 3, {
        attributes: { strahler: Int32Array.of(1, 2, 3), tag: ["a", "b", ""] },
      }),
    ],
  },
  connectors: {
    neurons: many(1n, 2n).map((neuron) => ({
      ...neuron,
      connectors: makeConnectors(neuron as never, 5),
    })),
  },
  "metadata in a table": {
    neurons: many(1n, 2n),
    options: { metadata: "table" },
    reads: { name: null, units: "1 dimensionless", soma: null },
  },
  dotprops: { neurons: [makeDotprops(1n, 20), makeDotprops(2n, 7)] },
  "dotprops with connectors": {
    neurons: [{ ...makeDotprops(1n, 20), connectors: makeConnectors(makeSkeleton(1n, 20), 5) }],
  },
  "dotprops k 5": { neurons: [makeDotprops(1n, 20, { k: 5 })] },
};

describe.skipIf(!navis)("navis 1.12 (needs its Python environment)", () => {
  test("reads what we write, and writes what we read", { timeout: 120_000 }, async () => {
    const names = Object.keys(files);
    for (const [name, { neurons, options }] of Object.entries(files))
      await writeNeurons(path(name), neurons, options);
    const tasks = names.flatMap((name) => [
      { do: "read", path: path(name) },
      { do: "scan", path: path(name) },
      { do: "write", path: path(name), to: path(`${name} again`) },
    ]);
    const answers = askNavis(tasks);
    for (const [at, name] of names.entries()) {
      const { neurons, reads = {} } = files[name] as (typeof files)[string];
      const [read, scan, written] = answers.slice(at * 3, at * 3 + 3);
      const want = new Map(
        neurons.map((neuron) => [String(neuron.id), { ...describeNeuron(neuron), ...reads }]),
      );
      expect(read?.error, name).toBeUndefined();
      expect(read?.answer, name).toHaveLength(neurons.length);
      for (const got of read?.answer ?? []) expect(got, name).toMatchObject(want.get(got.id) ?? {});
      if (name === "uint64 ids") expect(scan?.error, name).toContain("OverflowError");
      else if (name !== "metadata in a table")
        expect(scan?.answer?.map(({ id }) => id).sort(), name).toEqual([...want.keys()].sort());
      // navis cannot write ids of 2^63 and more that it has read as Python integers.
      if (written?.error !== undefined) {
        expect(name).toBe("uint64 ids");
        continue;
      }
      await using again = await openNeurons(path(`${name} again`));
      for (const neuron of await all(again.neurons())) {
        const { k: _, ...facts } = describeNeuron(neuron);
        const wanted: Record<string, unknown> = { ...want.get(String(neuron.id)) };
        delete wanted.k;
        expect(facts, name).toMatchObject(wanted);
      }
    }
  });

  test("reads a subset, and properties as text", { timeout: 60_000 }, async () => {
    const neurons = [1n, 2n, 3n].map((id) =>
      makeSkeleton(id, 5, { properties: { cell_type: "DA1", n_pre: 7, flag: true, score: 0.5 } }),
    );
    await writeNeurons(path("properties"), neurons);
    const properties = ["cell_type", "n_pre", "flag", "score"];
    const [read] = askNavis([{ do: "read", path: path("properties"), subset: [2], properties }]);
    expect(read?.answer).toMatchObject([
      { id: "2", cell_type: "DA1", n_pre: "7", flag: "true", score: "0.5" },
    ]);
    await using file = await openNeurons(path("properties"));
    expect((await file.metadata(2n))?.properties).toEqual(neurons[1]?.properties);
  });
});

test.skipIf(!navis2)(
  "navis 2 reads what we write, labels and connectors too (needs POCADUCK_NAVIS2)",
  { timeout: 120_000 },
  async () => {
    const names = Object.keys(files);
    for (const [name, { neurons, options }] of Object.entries(files))
      await writeNeurons(path(name), neurons, options);
    const neurarrow = ["skeletons", "connectors", "dotprops"];
    for (const name of neurarrow)
      await writeNeurons(path(`c ${name}`), files[name]?.neurons ?? [], { dialect: "neurarrow" });
    const tasks = [...names, ...neurarrow.map((name) => `c ${name}`)].map((name) => ({
      do: "read",
      path: path(name),
    }));
    const answers = askNavis(tasks, navis2);
    for (const [at, name] of names.entries()) {
      const { neurons, reads = {} } = files[name] as (typeof files)[string];
      expect(answers[at]?.error, name).toBeUndefined();
      expect(answers[at]?.answer, name).toHaveLength(neurons.length);
      for (const got of answers[at]?.answer ?? []) {
        const neuron = neurons.find(({ id }) => String(id) === got.id) as Neuron;
        const { class: _, ...want } = describeNeuron(neuron);
        expect(got, name).toMatchObject({ ...want, ...reads });
        if (neuron.connectors)
          expect(got.connectors, name).toBe(neuron.connectors.connectorId.length);
      }
    }
    for (const [at, name] of neurarrow.entries()) {
      const answer = answers[names.length + at];
      expect(answer?.error, name).toBeUndefined();
      expect(
        answer?.answer?.map(({ id, units }) => [id, units]),
        name,
      ).toEqual((files[name]?.neurons ?? []).map(({ id }) => [String(id), "1 nanometer"]).sort());
    }
  },
);

/** Coordinates and radii in nanometers, as neurarrow holds them. */
function inNanometers(neuron: Neuron): Neuron {
  const scaled = (values: ArrayLike<number>) => Float64Array.from(values, (value) => value * 8);
  const place = { x: scaled(neuron.x), y: scaled(neuron.y), z: scaled(neuron.z) };
  const units = "1 nanometer";
  if (neuron.kind === "dotprops") return { ...neuron, ...place, units };
  return {
    ...neuron,
    ...place,
    units,
    ...(neuron.radius ? { radius: scaled(neuron.radius) } : {}),
  };
}

test.skipIf(!navis2)(
  "what navis 2 writes, in both of its formats, we read (needs POCADUCK_NAVIS2)",
  { timeout: 120_000 },
  async () => {
    const names = ["skeletons", "big ids", "text ids", "soma 0", "connectors", "dotprops"];
    const tasks = names.flatMap((name) =>
      ["navis", "neurarrow"].map((format) => ({
        do: "write",
        path: path(name),
        to: path(`${name} by ${format}`),
        format,
      })),
    );
    for (const name of names) await writeNeurons(path(name), files[name]?.neurons ?? []);
    const answers = askNavis(tasks, navis2);
    for (const [at, { format, to }] of tasks.entries()) {
      expect(answers[at]?.error, to).toBeUndefined();
      const neurons = files[names[at >> 1] as string]?.neurons ?? [];
      await using file = await openNeurons(to);
      expect(file.dialect).toBe(format);
      const read = await all(file.neurons({ attributes: true }));
      expect(read).toHaveLength(neurons.length);
      for (const neuron of read) {
        const original = neurons.find(({ id }) => String(id) === String(neuron.id)) as Neuron;
        const want = format === "navis" ? original : inNanometers(original);
        const { k: _, idType: __, ...facts } = describeNeuron(neuron);
        const { k: ___, idType: ____, ...wanted } = describeNeuron(want);
        expect(facts, to).toEqual(wanted);
        if (neuron.kind === "skeleton" && original.kind === "skeleton")
          expect(Array.from(neuron.label ?? [], Number), to).toEqual([...(original.label ?? [])]);
        const { connectors } = original;
        expect(neuron.connectors?.connectorId.length, to).toBe(connectors?.connectorId.length);
        expect([...(neuron.connectors?.nodeId ?? [])].map(Number).sort(), to).toEqual(
          [...(connectors?.nodeId ?? [])].map(Number).sort(),
        );
      }
    }
  },
);
