import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  checkNeuron,
  drawPng,
  drawSvg,
  formatConnectorsCsv,
  fromArrow,
  makeDotprops,
  type Neuron,
  openNeurons,
  openPrecomputed,
  parseConnectorsCsv,
  readAll,
  readAny,
  rewriteNeurons,
  type Skeleton,
  splitNeurons,
  toArrow,
  toArrowFile,
  toDotprops,
  writeAny,
  writeNeurons,
  writePrecomputed,
} from "../src/index.ts";
import { murmur64 } from "../src/precomputed/murmur.ts";
import { all, makeDotprops as dots, makeConnectors, makeSkeleton } from "./arbitrary.ts";
import { askNavis, navis } from "./judge/navis.ts";
import { golden, shared } from "./shared.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-convert-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

describe("Arrow", () => {
  test("a table has a row a node, and reads back the same", async () => {
    const neurons = [
      makeSkeleton(1n, 9),
      makeSkeleton(2n ** 63n, 4, { attributes: { tag: ["a", "b", "", "é"] } }),
    ];
    const table = toArrow(neurons);
    expect(table.numRows).toBe(13);
    expect(table.names).toContain("neuron");
    const file = await fromArrow(toArrowFile(neurons));
    expect((await all(file.neurons())).map(({ id, x }) => [id, x])).toEqual(
      neurons.map(({ id, x }) => [id, x]),
    );
    expect(await file.neuron(1n)).toEqual(neurons[0]);
    const points = [dots("a", 5), dots("b", 6)];
    expect(await all((await fromArrow(toArrowFile(points))).neurons())).toEqual(points);
    await expect(fromArrow(new Uint8Array(40))).rejects.toMatchObject({
      code: expect.stringMatching(/corrupt|wrong-columns/),
    });
  });

  test.skipIf(!shared)(
    "the Arrow file that navis wrote holds what its Parquet file holds (needs ../shared)",
    async () => {
      const arrow = await fromArrow(
        readFileSync(golden("neurarrow-0.2.1/example.skeletons.arrow")),
      );
      await using parquet = await openNeurons(golden("neurarrow-0.2.1/example.skeletons.parquet"));
      for await (const neuron of parquet.neurons({ connectors: false }))
        expect(await arrow.neuron(neuron.id)).toEqual(neuron);
      const table = await parquet.table({ ids: [722817260n] });
      expect(table.numRows).toBe(4332);
    },
  );
});

describe("precomputed skeletons", () => {
  const neurons = [
    makeSkeleton(5n, 40),
    makeSkeleton(720575940625431866n, 12),
    makeSkeleton(7n, 3, { parentId: Int32Array.of(-1, -1, 1) }),
  ];

  test.each([false, true])(
    "sharded %s: what is written reads back, in nanometers and oriented",
    async (sharded) => {
      const place = path(`precomputed-${sharded}`);
      expect(await writePrecomputed(place, neurons, { sharded })).toEqual({
        neurons: 3,
        warnings: [],
      });
      const source = await openPrecomputed(place);
      expect(await source.ids()).toEqual(neurons.map(({ id }) => id));
      for (const neuron of neurons) {
        const got = (await source.neuron(neuron.id as bigint)) as Skeleton;
        expect(got).toMatchObject({
          name: neuron.name,
          units: "1 nanometer",
          soma: [1],
          label: neuron.label,
        });
        expect(got.x).toEqual(neuron.x.map((x) => x * 8));
        expect(got.parentId).toEqual(neuron.parentId);
        expect(got.radius).toEqual(neuron.radius?.map((r) => r * 8));
      }
      expect(await source.neuron(6n)).toBeUndefined();
      rmSync(join(place, "segment_properties"), { recursive: true });
      expect(new Set(await (await openPrecomputed(place)).ids())).toEqual(
        new Set(neurons.map(({ id }) => id)),
      );
    },
  );

  test("the shard hash is the one of neuroglancer", () => {
    // Computed by an independent program, cloud-volume, whose reader finds our shards by it.
    expect(murmur64(720575940625431866n)).toBe(15742766307080638519n);
  });

  test("what it cannot hold is refused and nothing is left", async () => {
    await expect(writePrecomputed(path("bad"), [makeSkeleton("a", 3)])).rejects.toMatchObject({
      code: "invalid-id",
    });
    await expect(
      writePrecomputed(path("bad"), [makeSkeleton(1n, 3, { units: undefined })]),
    ).rejects.toMatchObject({ code: "invalid-metadata" });
    await expect(writePrecomputed(path("bad"), [dots(1n, 3)])).rejects.toMatchObject({
      code: "invalid-neuron",
    });
    expect(readdirSync(folder).filter((name) => name.startsWith("bad"))).toEqual([]);
  });

  test.skipIf(!shared)(
    "what navis wrote has the trees of the originals (needs ../shared)",
    async () => {
      const source = await openPrecomputed(golden("navis-1.12/precomputed"));
      await using originals = await openNeurons(golden("navis-1.12/skeletons.parquet"));
      for await (const neuron of source.neurons()) {
        const original = (await originals.neuron(neuron.id)) as Skeleton;
        expect(neuron.x.length).toBe(original.x.length);
        const roots = ({ parentId }: Skeleton) =>
          [...parentId].filter((parent) => parent === -1).length;
        expect(roots(neuron)).toBe(roots(original));
        expect(checkNeuron(neuron).filter(({ kind }) => kind !== "several-roots")).toEqual([]);
      }
    },
  );

  test.skipIf(!navis)(
    "navis reads ours (needs its Python environment)",
    { timeout: 60_000 },
    async () => {
      await writePrecomputed(path("judged"), neurons.slice(0, 1));
      const [read] = askNavis([{ do: "precomputed", path: path("judged") }]);
      expect(read?.error).toBeUndefined();
      expect(read?.answer).toMatchObject([{ id: "5", roots: 1 }]);
    },
  );
});

describe("any format to any other", () => {
  const one = makeSkeleton(1n, 20);
  const neurons = [{ ...one, connectors: makeConnectors(one, 6) }, makeSkeleton(2n, 7)];

  test("the ending names the format and the neurons survive", async () => {
    for (const name of ["a.parquet", "a.parquet.zip", "a.arrow", "a.zip", "a.tar.gz", "folder"]) {
      expect(await writeAny(path(name), neurons)).toMatchObject({ neurons: 2 });
      const read = (await all(readAny(path(name)))) as Skeleton[];
      for (const neuron of neurons) {
        const got = read.find(({ id }) => id === neuron.id);
        expect(got, name).toMatchObject({
          x: neuron.x,
          parentId: neuron.parentId,
          label: neuron.label,
          units: neuron.units,
        });
      }
    }
    expect((await all(readAny(path("folder"), { ids: [2n] }))).map(({ id }) => id)).toEqual([2n]);
    expect(await all(readAny(path("a.zip"), { limit: 1 }))).toHaveLength(1);
  });

  test("merge refuses an id that comes twice, split cuts and rewrite sorts", async () => {
    await writeNeurons(path("m1.parquet"), [makeSkeleton(9n, 5), makeSkeleton(3n, 50)], {
      order: "keep",
    });
    await writeNeurons(path("m2.parquet"), [makeSkeleton(4n, 8)]);
    await writeAny(path("merged.parquet"), readAll([path("m1.parquet"), path("m2.parquet")]));
    await expect(
      writeAny(path("twice.parquet"), readAll([path("m1.parquet"), path("m1.parquet")])),
    ).rejects.toMatchObject({ code: "duplicate-id", neuron: 9n });
    expect(existsSync(path("twice.parquet"))).toBe(false);
    await rewriteNeurons(path("merged.parquet"), path("sorted.parquet"));
    await using sorted = await openNeurons(path("sorted.parquet"));
    expect(await sorted.ids()).toEqual([3n, 4n, 9n]);
    const parts = await splitNeurons(path("sorted.parquet"), path("part.parquet"), { neurons: 2 });
    expect(parts.map((part) => part.slice(-9))).toEqual(["1.parquet", "2.parquet"]);
    expect(
      await splitNeurons(path("sorted.parquet"), path("rows.parquet"), { rows: 1 }),
    ).toHaveLength(3);
    await using last = await openNeurons(parts[1] ?? "");
    expect(await last.ids()).toEqual([9n]);
  });

  test("connectors go to CSV and back", async () => {
    const lines: string[] = [];
    for await (const line of formatConnectorsCsv(neurons)) lines.push(line);
    const back = parseConnectorsCsv(lines.join(""));
    expect(back.get(1n)).toEqual(neurons[0]?.connectors);
    const quoted = parseConnectorsCsv(
      'connector_id,node_id,type,x,y,z,note\r\n1,2,pre,0,1,2,"a ""b"",\nc"\r\n',
      { neuron: 5n },
    );
    expect(quoted.get(5n)?.attributes).toEqual({ note: ['a "b",\nc'] });
    expect(() => parseConnectorsCsv("a,b\n")).toThrow(
      expect.objectContaining({ code: "invalid-input" }),
    );
    expect(() =>
      parseConnectorsCsv("connector_id,node_id,type,x,y,z,neuron\n1,x,pre,0,0,0,1\n"),
    ).toThrow(expect.objectContaining({ row: 2 }));
  });

  test.skipIf(!shared)(
    "the hemibrain's CSV holds what the sidecar holds (needs ../shared)",
    async () => {
      await using file = await openNeurons(golden("navis-2.0rc1/skeletons.parquet"));
      const csv = parseConnectorsCsv(
        readFileSync(golden("connectors-original/722817260.csv"), "utf8"),
        { neuron: 722817260n },
      );
      const { connectors } = (await file.neuron(722817260n)) as Skeleton;
      const mine = csv.get(722817260n);
      expect(mine?.connectorId).toEqual(connectors?.connectorId);
      expect(mine?.type).toEqual(connectors?.type);
      expect(Array.from(mine?.x ?? [])).toEqual(Array.from(connectors?.x ?? []));
    },
  );
});

test("the check names cycles, orphans, duplicates, roots and somas with their nodes", () => {
  const issues = checkNeuron(
    makeSkeleton(1n, 8, {
      nodeId: Int32Array.of(1, 2, 3, 4, 5, 5, 7, 8),
      parentId: Int32Array.of(-1, 1, 4, 3, 77, 1, -1, 8),
      soma: [66],
      units: "8 furlongs",
    }),
  );
  expect(issues.map(({ kind, node, row }) => [kind, node, row])).toEqual([
    ["unknown-units", undefined, undefined],
    ["duplicate-node", 5, 5],
    ["missing-parent", 5, 4],
    ["cycle", 3, 2],
    ["cycle", 8, 7],
    ["several-roots", undefined, undefined],
    ["soma-missing", 66, undefined],
  ]);
  expect(checkNeuron(makeSkeleton(1n, 50))).toEqual([]);
  expect(checkNeuron(makeSkeleton(1n, 0, { soma: [] })).map(({ kind }) => kind)).toEqual(["empty"]);
});

test("dotprops of a line point along it, of a ball nowhere", () => {
  const rows = 30;
  const line = {
    x: Float32Array.from({ length: rows }, (_, row) => row),
    y: new Float32Array(rows),
    z: new Float32Array(rows),
  };
  const { vectors, alpha, k } = makeDotprops({ id: 1n, units: "8 nanometer" }, line, 5);
  expect(Math.abs(vectors?.x[3] ?? 0)).toBeCloseTo(1);
  expect(alpha?.[3]).toBeCloseTo(1);
  expect(k).toBe(5);
});

test.skipIf(!navis || !shared)(
  "dotprops are those of navis, but for signs (needs its Python environment and ../shared)",
  { timeout: 60_000 },
  async () => {
    const k = 20;
    const [answer] = askNavis([
      { do: "dotprops", path: golden("navis-1.12/skeletons.parquet"), k },
    ]);
    await using file = await openNeurons(golden("navis-1.12/skeletons.parquet"));
    for (const { id, vect, alpha } of (answer?.answer ?? []) as unknown as {
      id: string;
      vect: number[][];
      alpha: number[];
    }[]) {
      const mine = toDotprops((await file.neuron(BigInt(id))) as Neuron, k);
      const { x: px, y: py, z: pz } = mine;
      for (const [row, [x = 0, y = 0, z = 0]] of vect.entries()) {
        const { vectors } = mine;
        const cosine = Math.abs(
          x * (vectors?.x[row] ?? 0) + y * (vectors?.y[row] ?? 0) + z * (vectors?.z[row] ?? 0),
        );
        if (cosine > 0.999 && Math.abs((alpha[row] ?? 0) - (mine.alpha?.[row] ?? 0)) < 0.001)
          continue;
        // Where the last neighbour is as far as the next one, or alpha is near 0, either answer is right.
        const squares = Float64Array.from(
          px,
          (other, at) =>
            (other - (px[row] ?? 0)) ** 2 +
            ((py[at] ?? 0) - (py[row] ?? 0)) ** 2 +
            ((pz[at] ?? 0) - (pz[row] ?? 0)) ** 2,
        ).sort();
        const isTie = squares[k - 1] === squares[k];
        expect(isTie || (alpha[row] ?? 1) < 0.01, `${id} row ${row}`).toBe(true);
      }
    }
  },
);

test("a picture is a path a neuron, as SVG and as PNG", async () => {
  const neurons = [makeSkeleton(1n, 60), makeSkeleton(2n, 9), dots(3n, 20)];
  const svg = drawSvg(neurons, { size: 200, view: "xz" });
  expect(svg.match(/<path /g)).toHaveLength(3);
  expect(svg.match(/<circle /g)).toHaveLength(2);
  const png = await drawPng(neurons, { size: 200 });
  writeFileSync(path("a.png"), png);
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  if (navis) {
    const size = execFileSync(
      navis,
      [
        "-c",
        "import sys; from PIL import Image; i = Image.open(sys.argv[1]); i.load(); print(max(i.size), len(i.getcolors(100000)))",
        path("a.png"),
      ],
      { encoding: "utf8" },
    );
    expect(size).toMatch(/^200 \d{2,}/);
  }
  await expect(drawPng([])).resolves.toBeDefined();
  expect(() => drawSvg(neurons, { size: 1 })).toThrow(RangeError);
});
