import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  addConnectors,
  formatConnectorsCsv,
  openNeurons,
  parseConnectorsCsv,
  readAny,
  rewriteNeurons,
  type Skeleton,
  splitNeurons,
  toDotprops,
  type Warning,
  writeAny,
  writeNeurons,
} from "../src/index.ts";
import { all, makeConnectors, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-left-out-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const bare = makeSkeleton(7n, 20, {
  attributes: { conf: new Float32Array(20).fill(0.5), tag: new Array<string>(20).fill("a") },
  properties: { side: "left" },
});
const full: Skeleton = { ...bare, connectors: makeConnectors(bare, 6) };
const messages = (warnings: readonly Warning[]) => warnings.map(({ message }) => message);

describe("what a format has no place for is counted and told", () => {
  test.each([
    [
      "a.swc",
      {},
      [
        "left out 6 connectors, which SWC has no place for",
        "left out 2 columns (conf, tag), which SWC has no place for",
      ],
    ],
    ["a.arrow", {}, ["left out 6 connectors, which Arrow has no place for"]],
    [
      "precomputed",
      { format: "precomputed" },
      [
        "left out 6 connectors, which the format has no place for",
        "left out 2 columns (conf, tag), which the format has no place for",
        "left out 1 property (side), which the format has no place for",
      ],
    ],
    [
      "b.parquet",
      { dialect: "navis-1" },
      [
        "left out 20 labels, which dialect navis-1 has no place for",
        "left out 6 connectors: they have no place to go",
      ],
    ],
    ["c.parquet", {}, []],
    ["c.parquet.zip", {}, []],
    ["d.parquet", { dialect: "neurarrow" }, ["connector columns were left out: roi"]],
  ] as const)("%s %o", async (name, options, want) => {
    const { warnings } = await writeAny(path(name), [full], options);
    expect(messages(warnings)).toEqual(want);
    expect(warnings.every(({ neuron }) => neuron === 7n)).toBe(true);
  });

  test("labels that are texts or too large, and a soma that the labels do not mark", async () => {
    const label = ["1", "axon", "axon", "3"];
    const texts = makeSkeleton(7n, 4, { label, soma: [2] });
    expect(messages((await writeAny(path("t.swc"), [texts])).warnings)).toEqual([
      "2 labels are written as 0: axon",
      "left out the soma 2: SWC takes the first node of type 1, node 1",
    ]);
    const wide = makeSkeleton(7n, 4, { label: Int32Array.of(1, 300, -1, 255) });
    const { warnings } = await writeAny(path("wide"), [wide], { format: "precomputed" });
    expect(messages(warnings)).toEqual(["2 labels are written as 0: 300, -1"]);
    const [back] = (await all(readAny(path("wide")))) as [Skeleton];
    expect(back.label).toEqual(Int32Array.of(1, 0, 0, 255));
  });

  test("dotprops keep columns and connectors, and tell the rest", async () => {
    const warnings: Warning[] = [];
    const dotprops = toDotprops(full, 5, (warning) => warnings.push(warning));
    expect(messages(warnings)).toEqual([
      "left out 20 radii, which a dotprops has no place for",
      "left out 20 labels, which a dotprops has no place for",
      "left out 1 soma (1), which a dotprops has no place for",
    ]);
    await writeNeurons(path("dots.parquet"), [dotprops]);
    const [back] = await all(readAny(path("dots.parquet")));
    expect(back).toMatchObject({ attributes: full.attributes });
    expect(back?.connectors).toEqual(full.connectors);
  });
});

describe("connectors", () => {
  const header = "connector_id,node_id,type,x,y,z,neuron";

  test("of a CSV reach neurons by integer and by text, and the rest is told", async () => {
    const csv = parseConnectorsCsv(
      `${header}\n1,5,pre,0,0,0,7\n2,99,post,1,1,1,7\n3,1,pre,2,2,2,8\n4,1,pre,2,2,2,8\n`,
    );
    for (const id of [7n, "7"]) {
      const warnings: Warning[] = [];
      const neuron = { ...full, id };
      const [got] = await all(addConnectors([neuron], csv, (warning) => warnings.push(warning)));
      expect(got?.connectors?.nodeId).toEqual(Int32Array.of(5, 99));
      expect(warnings).toEqual([
        { neuron: id, message: "left out 6 connectors: others replace them" },
        { neuron: id, message: "1 connectors are on nodes it lacks: 99" },
        { neuron: "8", message: "left out 2 connectors: it is not there" },
      ]);
    }
  });

  test("of a CSV have types that hold for all neurons, and exact values", () => {
    const csv = parseConnectorsCsv(
      `${header},note\n1,5,0,0.1,0,0,7,3\n"2",9007199254740993,pre,1,16777217,1,8,"two\nlines"\n3,1,1,0,0,0,9,\n`,
    );
    expect(csv.get(7n)).toMatchObject({
      type: ["0"],
      x: Float64Array.of(0.1),
      attributes: { note: ["3"] },
    });
    expect(csv.get(8n)?.nodeId).toEqual(BigInt64Array.of(9007199254740993n));
    expect(csv.get(8n)?.y).toEqual(Float64Array.of(16777217));
  });

  test.each([
    ["1,1.5,pre,0,0,0,7", 'node_id is "1.5", expected an integer'],
    ["1,,pre,0,0,0,7", 'node_id is "", expected an integer'],
    ["1,1,pre,Infinity,0,0,7", 'x is "Infinity", expected a number'],
    ["1,99999999999999999999,pre,0,0,0,7", "node_id is"],
    ["1,1,pre,0,0,0,", "names no neuron"],
    ["1,1,pre,0,0,0", "has 6 cells, the header 7"],
    ['1,1,"pre,0,0,0,7', "a quote that does not end"],
  ])("of a CSV with the line %s are refused with its number", (line, reason) => {
    const text = `${header}\n1,1,"a\nb",0,0,0,7\n${line}\n`;
    expect(() => parseConnectorsCsv(text, { file: "a.csv" })).toThrow(
      expect.objectContaining({
        code: "invalid-input",
        file: "a.csv",
        row: 4,
        message: expect.stringContaining(reason),
      }),
    );
  });

  test("into CSV: columns that come up late and neurons without any are told", async () => {
    const other = makeSkeleton(8n, 5);
    const late = {
      ...makeConnectors(other, 1),
      attributes: { roi: ["b"], score: Float64Array.of(2) },
    };
    const { warnings } = await writeAny(path("c.csv"), [
      full,
      { ...other, connectors: late },
      makeSkeleton(9n, 2),
    ]);
    expect(warnings).toEqual([
      {
        neuron: 8n,
        message: "left out 1 columns of its connectors, which the first neuron lacks: score",
      },
      { message: "1 neurons have no connectors: no line is theirs" },
    ]);
    await expect(all(formatConnectorsCsv([full]) as never)).resolves.toHaveLength(2);
  });

  test("of a sidecar that belong to no neuron of the file are told", async () => {
    await writeNeurons(path("s.parquet"), [full, { ...full, id: 8n }]);
    await writeNeurons(path("one.parquet"), [full]);
    const sidecar = path("s.connectors.parquet");
    expect(existsSync(sidecar)).toBe(true);
    await using file = await openNeurons(path("one.parquet"), { connectors: sidecar });
    await all(file.neurons());
    expect(file.warnings).toEqual([
      { neuron: 8n, message: "left out 6 connectors: it is not in the file" },
    ]);
    expect((await rewriteNeurons(path("s.parquet"), path("r.parquet"))).warnings).toEqual([]);
    const warnings: Warning[] = [];
    await splitNeurons(path("s.parquet"), path("p.parquet"), {
      neurons: 1,
      dialect: "navis-1",
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toHaveLength(4);
  });
});

describe("what is wrong with a neuron is told of the file it came from", () => {
  test("an id of two files, and a value that the output refuses", async () => {
    await writeNeurons(path("m1.parquet"), [bare]);
    await writeNeurons(path("m2.parquet"), [bare]);
    const both = async function* () {
      yield* readAny(path("m1.parquet"));
      yield* readAny(path("m2.parquet"));
    };
    for (const name of ["out.parquet", "out.zip"])
      await expect(writeAny(path(name), both()), name).rejects.toMatchObject({
        code: "duplicate-id",
        file: path("m2.parquet"),
        neuron: 7n,
      });
    await expect(writeAny(path("out.parquet"), both())).rejects.toThrow(
      JSON.stringify(path("m1.parquet")),
    );
    await writeNeurons(path("units.parquet"), [{ ...bare, units: undefined }]);
    await expect(
      writeAny(path("out"), readAny(path("units.parquet")), { format: "precomputed" }),
    ).rejects.toMatchObject({ code: "invalid-metadata", file: path("units.parquet") });
  });
});

test("connectors beside a URL come with it, and keys of the file are told", async () => {
  await writeNeurons(path("web.parquet"), [full], { fileMetadata: { _lab: "x" } });
  let status = 200;
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? "";
    const bytes = readFileSync(path(name));
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    if (request.method === "HEAD") {
      response.writeHead(name.includes("connectors") ? status : 200).end();
      return;
    }
    const start = from === "" ? Math.max(0, bytes.length - Number(to)) : Number(from);
    const end = from === "" ? bytes.length : Math.min(bytes.length, Number(to) + 1);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    response.writeHead(206, { "content-range": range }).end(bytes.subarray(start, end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/web.parquet`;
  const visit = async () => {
    const warnings: Warning[] = [];
    const [neuron] = await all(readAny(url, { onWarning: (warning) => warnings.push(warning) }));
    return { connectors: neuron?.connectors, messages: messages(warnings) };
  };
  const keys = 'left out 1 keys of the file, which belong to no neuron: "_lab"';
  try {
    expect(await visit()).toEqual({ connectors: full.connectors, messages: [keys] });
    status = 404;
    expect(await visit()).toEqual({ connectors: undefined, messages: [keys] });
    status = 405;
    expect((await visit()).messages).toEqual([
      `connectors were not looked for beside ${url}: the server answered 405`,
      keys,
    ]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("units that differ by axis come back from SWC", async () => {
  const units = ["4 nanometer", "4 nanometer", "40 nanometer"] as const;
  await writeAny(path("axes.swc"), [{ ...bare, units, attributes: undefined }]);
  expect((await all(readAny(path("axes.swc"))))[0]?.units).toEqual(units);
});

test("types that do not fit are told of the neuron and its file", async () => {
  const half = makeSkeleton(8n, 3, { attributes: { conf: ["a", "b", "c"] } });
  await writeNeurons(path("conf1.parquet"), [bare]);
  await writeNeurons(path("conf2.parquet"), [half]);
  const both = async function* () {
    yield* readAny(path("conf1.parquet"));
    yield* readAny(path("conf2.parquet"));
  };
  await expect(writeAny(path("mixed.parquet"), both())).rejects.toMatchObject({
    code: "mixed-types",
    file: path("conf2.parquet"),
    neuron: 8n,
  });
});

test("an ending that says nothing is refused, a folder is one without", async () => {
  for (const name of ["a.h5", "a.swc.gz", "a.json", "a.parquet.gz"])
    await expect(writeAny(path(name), [bare])).rejects.toThrow(
      /Expected `path` to end in .parquet, /,
    );
  await expect(writeAny(path("a.swc"), [bare], { dialect: "navis" })).rejects.toThrow(TypeError);
  for (const name of ["plain", "v1.2/"]) {
    await writeAny(path(name), [bare]);
    expect(existsSync(path(`${name}/7.swc`)), name).toBe(true);
  }
  await writeAny(path("z.zip"), [full], { dialect: "zip" });
  expect((await all(readAny(path("z.zip"))))[0]?.connectors).toEqual(full.connectors);
});
