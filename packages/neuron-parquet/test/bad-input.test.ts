import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, test } from "vitest";
import {
  checkNeuron,
  encodeNeurons,
  isNeuronError,
  openNeurons,
  type Skeleton,
  writeNeurons,
} from "../src/index.ts";
import { compressor } from "../src/parquet/compress.ts";
import { TableWriter } from "../src/parquet/table-writer.ts";
import { memorySink } from "../src/sink.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-bad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

const parquet = (columnData: Columns, keys: Record<string, string> = {}): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData,
      kvMetadata: Object.entries(keys).map(([key, value]) => ({ key, value })),
    }),
  );

const column = (
  name: string,
  data: unknown[],
  type: "INT32" | "INT64" | "FLOAT" | "STRING" | "BOOLEAN" = "INT32",
) => ({ name, type, data: data as number[] });

const nodes: Columns = [
  column("node_id", [1, 2]),
  column("parent_id", [-1, 1]),
  column("x", [0, 1], "FLOAT"),
  column("y", [0, 1], "FLOAT"),
  column("z", [0, 1], "FLOAT"),
];

describe("a file that is none is told with its name and a code", () => {
  test.each([
    ["nothing", new Uint8Array(0), "not-parquet"],
    ["text", new TextEncoder().encode("1 1 0 0 0 1 -1\n2 1 0 0 0 1 1\n"), "not-parquet"],
    ["a head without an end", new TextEncoder().encode("PAR1 and then nothing"), "truncated"],
    ["an encrypted one", new TextEncoder().encode("PAR1 and 0000 and PARE"), "unsupported"],
    [
      "a footer longer than the file",
      new TextEncoder().encode("PAR1abcd\u007f\u007f\u007f\u007fPAR1"),
      "corrupt",
    ],
    ["no coordinates", parquet([column("a", [1])]), "wrong-columns"],
    [
      "coordinates that are text",
      parquet([...nodes.slice(0, 2), column("x", ["a", "b"], "STRING"), ...nodes.slice(3)]),
      "wrong-columns",
    ],
    [
      "nodes that are floats",
      parquet([column("node_id", [1, 2], "FLOAT"), ...nodes.slice(1)]),
      "wrong-columns",
    ],
    ["nodes without parents", parquet([...nodes.slice(0, 1), ...nodes.slice(2)]), "wrong-columns"],
    ["an empty zip", Uint8Array.of(80, 75, 5, 6, ...new Uint8Array(18)), "not-parquet"],
  ])("%s", async (name, bytes, code) => {
    const file = path(name.replaceAll(" ", "-"));
    writeFileSync(file, bytes);
    await expect(openNeurons(file)).rejects.toMatchObject({ name: "NeuronError", code, file });
  });

  test("a path that is absent, a folder, a source that is nothing", async () => {
    await expect(openNeurons(path("absent.parquet"))).rejects.toMatchObject({ code: "unreadable" });
    await expect(openNeurons(folder)).rejects.toMatchObject({ code: "unreadable" });
    await expect(openNeurons(5 as never)).rejects.toThrow(TypeError);
    for (const url of ["s3://bucket/a.parquet", "http://[", "gs://b/a.parquet"])
      await expect(openNeurons(url)).rejects.toMatchObject({ code: "unreadable", file: url });
  });
});

test("a null in the neuron column names the row", async () => {
  const file = await openNeurons(parquet([...nodes, column("neuron", [7n, null], "INT64")]));
  await expect(file.ids()).rejects.toMatchObject({ code: "null-neuron", row: 1 });
});

test("a null coordinate of an integer column and a null node name the neuron", async () => {
  const file = await openNeurons(
    parquet([column("node_id", [1, null]), ...nodes.slice(1), column("neuron", [7n, 7n], "INT64")]),
  );
  await expect(file.neuron(7n)).rejects.toMatchObject({
    code: "invalid-neuron",
    neuron: 7n,
    row: 1,
  });
});

test("a soma that does not exist, an unknown unit and broken metadata are told and cost nothing else", async () => {
  const keys = {
    "7:id": "7",
    "7:soma": "99",
    "7:units": "8 furlongs",
    "7:n": "many",
    "7:k": "some",
    "_dtype:n": "int",
    "_dtype:x": "complex",
    "_neuron-parquet:7:soma": "not a list",
  };
  const file = await openNeurons(parquet([...nodes, column("neuron", [7n, 7n], "INT64")], keys));
  const neuron = (await file.neuron(7n)) as Skeleton;
  expect(neuron).toMatchObject({ soma: [99], units: "8 furlongs", properties: { n: "many" } });
  expect(file.warnings.map(({ message }) => message).join("\n")).toMatch(
    /complex[\s\S]*"many" is no integer/,
  );
  expect(checkNeuron(neuron).map(({ kind }) => kind)).toEqual(["unknown-units", "soma-missing"]);
  await expect(encodeNeurons([neuron])).rejects.toMatchObject({
    code: "invalid-metadata",
    neuron: 7n,
  });
});

test("cycles and duplicate nodes are read as they are and found by the check", async () => {
  const loop = parquet([
    column("node_id", [1, 2, 2]),
    column("parent_id", [2, 1, 1]),
    ...["x", "y", "z"].map((name) => column(name, [0, 0, 0], "FLOAT")),
  ]);
  const [neuron] = await all((await openNeurons(loop)).neurons());
  expect(checkNeuron(neuron as Skeleton).map(({ kind }) => kind)).toEqual([
    "duplicate-node",
    "cycle",
    "no-root",
  ]);
});

test("a flipped bit is told, or changes no coordinate", async () => {
  const neurons = [makeSkeleton(1n, 300), makeSkeleton(2n, 100)];
  const good = await encodeNeurons(neurons, { pageRows: 100, codec: "none" });
  let told = 0;
  for (let at = 4; at < good.length; at += 11) {
    const bad = good.slice();
    bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
    try {
      const file = await openNeurons(bad);
      for (const { id, x, y, z } of neurons) {
        const got = await file.neuron(id);
        if (got) expect([got.x, got.y, got.z], `byte ${at}`).toEqual([x, y, z]);
      }
    } catch (error) {
      if (!isNeuronError(error)) throw error;
      told++;
    }
  }
  expect(told).toBeGreaterThan(100);
});

test("a page that claims more than it can hold is refused before memory is taken", async () => {
  const sink = memorySink();
  const bomb = {
    code: 6,
    run: (bytes: Uint8Array) => compressor("zstd").run(new Uint8Array(bytes.length * 1000)),
  };
  const writer = new TableWriter(
    async (bytes) => sink.write(bytes),
    ["node_id", "parent_id", "x", "y", "z"].map((name) => ({
      name,
      type: "INT32",
      encoding: "plain",
    })),
    bomb,
    1000,
  );
  await writer.group(
    ["node_id", "parent_id", "x", "y", "z"].map(() => ({ values: new Int32Array(1000) })),
    1000,
  );
  await writer.end([], "");
  const file = await openNeurons(sink.bytes());
  await expect(all(file.neurons())).rejects.toMatchObject({ code: "corrupt" });
});

test("a server without ranges, and one whose file changes, are told", async () => {
  const bytes = await encodeNeurons([makeSkeleton(1n, 90_000), makeSkeleton(2n, 90_000)]);
  let etag = '"1"';
  let ranged = false;
  const server = createServer((request, response) => {
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    if (!ranged) {
      response.writeHead(200).end(bytes);
      return;
    }
    const start = from === "" ? bytes.length - Number(to) : Number(from);
    const end = from === "" || to === "" ? bytes.length : Number(to) + 1;
    response
      .writeHead(206, { etag, "content-range": `bytes ${start}-${end - 1}/${bytes.length}` })
      .end(bytes.subarray(start, end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.parquet`;
  try {
    await expect(openNeurons(url)).rejects.toMatchObject({
      code: "unreadable",
      file: url,
      message: expect.stringContaining("ignores range"),
    });
    ranged = true;
    const file = await openNeurons(url, { tailSize: 8192 });
    expect((await file.neuron(1n))?.x).toHaveLength(90_000);
    etag = '"2"';
    await expect(file.neuron(2n)).rejects.toMatchObject({
      message: expect.stringContaining("changed while it was read"),
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("nothing half-written is left, whatever breaks", async () => {
  for (const dialect of ["navis", "zip", "neurarrow"] as const) {
    const source = async function* () {
      yield makeSkeleton(1n, 40_000);
      yield makeSkeleton(1n, 5);
    };
    await expect(writeNeurons(path("half.parquet"), source(), { dialect })).rejects.toMatchObject({
      code: "duplicate-id",
      neuron: 1n,
    });
  }
  expect(existsSync(path("half.parquet"))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("half"))).toEqual([]);
});
