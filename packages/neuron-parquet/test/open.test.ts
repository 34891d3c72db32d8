import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type Dotprops,
  type Neuron,
  type NodeIds,
  openNeurons,
  type Skeleton,
} from "../src/index.ts";
import { expected, golden, shared } from "./shared.ts";

interface Golden {
  files: Record<string, GoldenFile>;
}
interface GoldenFile {
  about: string;
  file?: { rows: number; columns: [string, string, string][]; metadata: Record<string, string> };
  read_parquet?: { neurons?: GoldenNeuron[] };
  "navis-1.12"?: { neurons?: GoldenNeuron[]; read_parquet?: { neurons?: GoldenNeuron[] } };
}
interface GoldenNeuron {
  class: string;
  id: string;
  name: string | null;
  units: string;
  soma: number | number[] | null;
  k?: number | string;
  n_nodes?: number;
  n_roots: number;
  n_points?: number;
  label_counts?: Record<string, number>;
  connectors?: {
    count: number;
    by_type: Record<string, number>;
    sha256_connector_id_node_id_xyz_int64: string;
  } | null;
  [hash: `sha256_${string}`]: string;
}

for (const folder of ["navis-1.12", "navis-2.0rc1", "neurarrow-0.2.1", "pyarrow-rewrites"]) {
  test.skipIf(!shared)(
    `every file of ${folder} reads as navis read it (needs ../shared)`,
    async () => {
      const { files } = expected<Golden>(folder);
      let compared = 0;
      for (const [name, golden1] of Object.entries(files)) {
        const { file, read_parquet = golden1["navis-1.12"] } = golden1;
        if (!file?.rows || !name.endsWith(".parquet")) continue;
        await using opened = await openNeurons(golden(folder, name));
        expect(opened.rows, name).toBe(file.rows);
        const neurons = new Map<string, Neuron>();
        for await (const neuron of opened.neurons()) neurons.set(text(neuron.id), neuron);
        for (const want of read_parquet?.neurons ?? []) {
          const got = neurons.get(want.id);
          expect(got, `${name} ${want.id}`).toBeDefined();
          if (got) same(got, want, `${folder}/${name} ${want.id}`);
          const alone = await opened.neuron(got?.id ?? "");
          expect(alone, `${name} ${want.id}`).toEqual(got);
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(10);
    },
  );
}

test.skipIf(!shared)(
  "the arrow copy and the zip hold what the table holds (needs ../shared)",
  async () => {
    await using plain = await openNeurons(golden("navis-2.0rc1/skeletons.parquet"));
    const { readdirSync } = await import("node:fs");
    const zips = readdirSync(golden("zip")).filter((name) => name.endsWith(".zip"));
    expect(zips.length).toBeGreaterThan(2);
    for (const name of zips) {
      for (const source of [
        golden("zip", name),
        new Uint8Array(readFileSync(golden("zip", name))),
      ]) {
        await using zip = await openNeurons(source);
        for await (const neuron of zip.neurons()) {
          const other = (await plain.neuron(neuron.id)) as Skeleton;
          const { connectors } = neuron;
          expect(neuron).toMatchObject({
            id: other.id,
            x: other.x,
            parentId: other.parentId,
            name: other.name,
          });
          if (zip.hasConnectors) expect(connectors).toEqual(other.connectors);
        }
      }
    }
  },
);

function same(got: Neuron, want: GoldenNeuron, where: string): void {
  // navis loses the metadata of ids with a colon or a leading underscore; we do not.
  if (!/^_|:/.test(text(got.id))) {
    expect(got.name ?? null, where).toBe(want.name);
    const units = typeof got.units === "string" ? got.units : "1 dimensionless";
    if (want.units !== undefined) expect(units, where).toBe(want.units);
    if (want.soma !== undefined && got.kind === "skeleton") {
      expect(got.soma?.[0] ?? null, where).toBe(
        Array.isArray(want.soma) ? want.soma[0] : want.soma,
      );
    }
  }
  if (got.kind === "dotprops") {
    expect(want.class, where).toBe("Dotprops");
    points(got, want, where);
    return;
  }
  expect(got.nodeId.length, where).toBe(want.n_nodes);
  const roots = got.parentId.filter((id: number | bigint) => BigInt(id) === -1n).length;
  if (want.n_roots !== undefined) expect(roots, where).toBe(want.n_roots);
  expect(int64(got.nodeId), where).toBe(want.sha256_node_id_int64);
  expect(int64(got.parentId), where).toBe(want.sha256_parent_id_int64);
  expect(columns(got.x, got.y, got.z), where).toBe(want.sha256_xyz_float64);
  if (want.sha256_radius_float64_nan_as_minus1 && got.radius) {
    const radius = Float64Array.from(got.radius, (r) => (Number.isNaN(r) ? -1 : r));
    expect(sha(radius), where).toBe(want.sha256_radius_float64_nan_as_minus1);
  }
  if (want.label_counts) {
    const counts: Record<string, number> = {};
    for (const label of got.label ?? []) counts[String(label)] = (counts[String(label)] ?? 0) + 1;
    expect(counts, where).toEqual(want.label_counts);
  }
  if (want.connectors && got.connectors) {
    const { connectorId, nodeId, type, x, y, z } = got.connectors;
    expect(connectorId.length, where).toBe(want.connectors.count);
    const types: Record<string, number> = {};
    for (const kind of type) types[String(kind)] = (types[String(kind)] ?? 0) + 1;
    expect(types, where).toEqual(want.connectors.by_type);
    // navis puts the presynapses of a neurarrow file first; we keep the file's order.
    const order = [...type.keys()];
    if (where.startsWith("neurarrow"))
      order.sort((a, b) => (type[b] === "pre" ? 1 : 0) - (type[a] === "pre" ? 1 : 0));
    const [ids, nodes, ...places] = [connectorId, nodeId, x, y, z].map((list) =>
      order.map((row) => list[row] ?? 0),
    );
    const hash = columns(ids ?? [], nodes ?? [], ...places, true);
    expect(hash, where).toBe(want.connectors.sha256_connector_id_node_id_xyz_int64);
  }
}

function points(got: Dotprops, want: GoldenNeuron, where: string): void {
  expect(got.x.length, where).toBe(want.n_points);
  expect(columns(got.x, got.y, got.z), where).toBe(want.sha256_points_float64);
  if (got.vectors) {
    const { x, y, z } = got.vectors;
    expect(columns(x, y, z), where).toBe(want.sha256_vect_float64);
  }
  if (got.alpha) expect(sha(Float64Array.from(got.alpha)), where).toBe(want.sha256_alpha_float64);
  if (got.k !== undefined) expect(String(got.k), where).toBe(String(want.k));
}

function int64(ids: NodeIds): string {
  return sha(BigInt64Array.from(Array.from(ids as ArrayLike<number>, BigInt)));
}

type Numbers = ArrayLike<number | bigint>;

function columns(...args: (Numbers | true)[]): string {
  const integers = args.at(-1) === true;
  const lists = args.filter((list) => list !== true) as Numbers[];
  const rows = lists[0]?.length ?? 0;
  const values = Array.from({ length: rows }, (_, row) =>
    lists.map((list) => list[row] ?? 0),
  ).flat();
  return sha(integers ? BigInt64Array.from(values, BigInt) : Float64Array.from(values, Number));
}

function sha(array: Float64Array | BigInt64Array): string {
  return createHash("sha256").update(new Uint8Array(array.buffer)).digest("hex");
}

/** As JSON spells a Python id. */
function text(id: string | number | bigint): string {
  return typeof id === "number" && Number.isInteger(id) ? `${id}.0` : String(id);
}
