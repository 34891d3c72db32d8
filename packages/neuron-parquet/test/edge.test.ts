import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isNeuronError, type Neuron, openNeurons, type Skeleton } from "../src/index.ts";
import { expected, golden, shared } from "./shared.ts";

const needs = (name: string): [string, { skip: boolean }] => [
  `${name} (needs ../shared)`,
  { skip: !shared },
];

async function read(name: string): Promise<{ neurons: Neuron[]; warnings: string[] }> {
  await using file = await openNeurons(golden("edge", name), {});
  const neurons: Neuron[] = [];
  for await (const neuron of file.neurons({ attributes: true })) neurons.push(neuron);
  return { neurons, warnings: file.warnings.map(({ message }) => message) };
}

interface Edge {
  file: { rows: number };
  "navis-1.12": {
    read_parquet?: {
      neurons: { id: string; n_nodes?: number; first_rows?: (number | string | null)[][] }[];
    };
  };
}

test(...needs("every odd file reads unless its ids are null"), async () => {
  const { files } = expected<{ files: Record<string, Edge> }>("edge");
  const refused: string[] = [];
  for (const [name, golden1] of Object.entries(files)) {
    try {
      const { neurons } = await read(name);
      const rows = neurons.reduce((sum, { x }) => sum + x.length, 0);
      expect(rows, name).toBe(golden1.file.rows);
      for (const want of golden1["navis-1.12"].read_parquet?.neurons ?? []) {
        const got = neurons.find(({ id }) => String(id) === want.id);
        if (want.n_nodes !== undefined)
          expect(got?.x.length, `${name} ${want.id}`).toBe(want.n_nodes);
      }
    } catch (error) {
      if (!isNeuronError(error)) throw error;
      refused.push(`${name} ${error.code} ${error.row}`);
    }
  }
  expect(refused).toEqual(["null-neuron.parquet null-neuron 4"]);
});

test(...needs("a null in the neuron column is told with file and row"), async () => {
  const file = await openNeurons(golden("edge/null-neuron.parquet"));
  await expect(file.ids()).rejects.toThrow(
    /null-neuron\.parquet", row 4: column "neuron" holds null/,
  );
});

test(...needs("roots read as -1 whether null, negative or absent, and 0 stays 0"), async () => {
  const parents = async (name: string) =>
    (await read(name)).neurons.map((neuron) => [...(neuron as Skeleton).parentId].map(String));
  expect(await parents("null-parents.parquet")).toEqual(await parents("plain.parquet"));
  expect((await parents("parent-zero.parquet"))[0]?.[0]).toBe("0");
  const [first] = (await read("uint64-nodes.parquet")).neurons as Skeleton[];
  expect(first?.nodeId[0]).toBe(1152921504606846977n);
  expect(first?.parentId).toEqual(
    BigInt64Array.of(-1n, 1152921504606846977n, 1152921504606846978n),
  );
});

test(...needs("interleaved rows are gathered, in the order of the file"), async () => {
  const nodes = async (name: string) =>
    (await read(name)).neurons.map(
      (neuron) => [neuron.id, [...(neuron as Skeleton).nodeId].map(Number)] as const,
    );
  const sorted = (await nodes("interleaved.parquet")).map(([id, ids]) => [id, ids.toSorted()]);
  expect(Object.fromEntries(sorted)).toEqual(Object.fromEntries(await nodes("plain.parquet")));
});

test(...needs("every spelling of a soma is understood"), async () => {
  const soma = async (name: string) => (await read(name)).neurons.map((neuron) => neuron.soma);
  expect((await soma("soma-list.parquet"))[0]).toEqual([2]);
  expect((await soma("soma-none.parquet"))[0]).toBeUndefined();
  expect((await soma("soma-numpy.parquet"))[0]).toEqual([1, 3]);
  expect((await soma("soma-two.parquet"))[0]).toEqual([1, 3]);
  expect((await soma("soma-missing-node.parquet"))[0]).toHaveLength(1);
});

test(...needs("units keep their text, known or not"), async () => {
  const units = async (name: string) => (await read(name)).neurons.map((neuron) => neuron.units);
  expect(await units("units-nm.parquet")).toEqual(["nm", "micrometer"]);
  expect(await units("units-anisotropic.parquet")).toContain("[4 4 40] nanometer");
  expect((await units("units-unknown.parquet"))[0]).toBeTypeOf("string");
});

test(...needs("odd keys cost only themselves"), async () => {
  expect((await read("colon-property.parquet")).neurons[0]?.properties).toEqual({ "a:b": "v" });
  expect((await read("foreign-key.parquet")).warnings).toContain(
    'key "foo:bar" belongs to no neuron',
  );
  expect((await read("reserved-property.parquet")).neurons[0]?.properties).toEqual({
    cable_length: "5",
  });
  const bad = await read("nonutf8-value.parquet");
  expect(bad.warnings.join()).toContain("is not UTF-8");
  expect(bad.neurons).toHaveLength(2);
  const plain = (await read("plain.parquet")).neurons;
  for (const name of [
    "private-keys.parquet",
    "plain-key.parquet",
    "neurarrow-like.parquet",
    "index-level-0.parquet",
  ]) {
    expect((await read(name)).neurons, name).toEqual(plain);
  }
});

test(...needs("ids come from the column when no key names them"), async () => {
  expect((await read("no-metadata.parquet")).neurons.map(({ id }) => id)).toEqual([11n, 22n]);
  expect((await read("missing-meta-for-one.parquet")).neurons.map(({ name }) => name)).toEqual([
    "eleven",
    undefined,
  ]);
  expect((await read("string-ids.parquet")).neurons.map(({ id }) => id)).toEqual(["a b", "é"]);
  expect((await read("no-neuron.parquet")).neurons).toHaveLength(1);
});

test(...needs("a neuron without rows stays, empty and told"), async () => {
  const { neurons, warnings } = await read("zero-rows.parquet");
  expect(neurons.map(({ id, x }) => [id, x.length])).toEqual([
    [11n, 0],
    [22n, 0],
  ]);
  expect(warnings).toContain("has metadata but no rows");
});

test(...needs("extra columns come when asked for"), async () => {
  await using file = await openNeurons(golden("edge/extra-columns.parquet"));
  expect((await file.neuron(11n))?.attributes).toBeUndefined();
  const all = (await file.neuron(11n, { attributes: true }))?.attributes ?? {};
  expect(Object.keys(all).length).toBeGreaterThan(0);
  const [one = ""] = Object.keys(all);
  expect(Object.keys((await file.neuron(11n, { attributes: [one] }))?.attributes ?? {})).toEqual([
    one,
  ]);
});

test(...needs("dotprops read with vect_, vec_ or points alone"), async () => {
  for (const name of [
    "dotprops-vec-alias.parquet",
    "dotprops-no-alpha.parquet",
    "dotprops-points-only.parquet",
  ]) {
    const [neuron] = (await read(name)).neurons;
    expect(neuron?.kind, name).toBe("dotprops");
    if (neuron?.kind === "dotprops")
      expect(neuron.vectors === undefined, name).toBe(name.includes("points-only"));
  }
  expect((await read("dotprops-no-alpha.parquet")).neurons[0]?.k).toBe(7);
});

test(...needs("bytes cut at any length give a typed error, never a hang"), async () => {
  const bytes = new Uint8Array(readFileSync(golden("edge/plain.parquet")));
  for (let length = 0; length < bytes.length; length += 7) {
    await expect(openNeurons(bytes.slice(0, length)).then((file) => file.ids())).rejects.toSatisfy(
      (error) => isNeuronError(error, "not-parquet", "truncated", "corrupt"),
    );
  }
});

test(...needs("any byte changed gives neurons or a typed error"), async () => {
  const bytes = new Uint8Array(readFileSync(golden("edge/plain.parquet")));
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice();
    bad[at] = (bad[at] ?? 0) ^ 0x55;
    try {
      const file = await openNeurons(bad);
      for await (const neuron of file.neurons({ attributes: true }))
        expect(neuron.x.length).toBeGreaterThanOrEqual(0);
    } catch (error) {
      if (!isNeuronError(error)) throw error;
    }
  }
});
