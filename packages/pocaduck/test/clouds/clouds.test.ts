import { execFileSync } from "node:child_process";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "../../../../test/judge.ts";
import { command, commandJson } from "../run-command.ts";

const interpreter = judge("pyarrow");
const label = String(2n ** 64n - 1n);
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let dataset: string;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-clouds-"));
  dataset = join(folder.path, "fly");
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const attributes = { supervoxel: "uint64", kind: "string", size: "float32" } as const;
  const made = await createDataset(new LocalStore(dataset), { axes, attributes });
  await using ingestor = made.ingestor();
  await ingestor.write("a", BigInt(label), {
    positions: [1, 2, 3, -4, 5, 6],
    supervoxel: [2n ** 63n + 1n, 7n],
    kind: ['a "quoted", text', "é"],
    size: [0.5, -1.25],
  });
  await ingestor.write("a", 5n, { positions: [9, 9, 9], supervoxel: [1], kind: ["b"], size: [2] });
  await ingestor.commit();
  await made.publish();
});
afterAll(() => folder.remove());

async function written<T>(name: string, ...labels: string[]): Promise<T> {
  const path = join(folder.path, name);
  await commandJson("points", dataset, ...labels, "--output", path);
  const script = join(import.meta.dirname, "read_cloud.py");
  return JSON.parse(execFileSync(interpreter ?? "", [script, path]).toString()) as T;
}

const positions = [
  [1, 2, 3],
  [-4, 5, 6],
];

test.skipIf(!interpreter)(
  "numpy loads .npy as N×3 of the coordinates' type (needs Python)",
  async () => {
    expect(await written("cloud.npy", label)).toEqual({
      shape: [2, 3],
      dtype: "<i4",
      rows: positions,
    });
  },
);

test.skipIf(!interpreter).for(["parquet", "arrow"])(
  "pyarrow reads .%s with every column (needs Python)",
  async (format) => {
    expect(await written(`cloud.${format}`, label)).toEqual({
      columns: ["label", "x", "y", "z", "supervoxel", "kind", "size"],
      types: ["uint64", "int32", "int32", "int32", "uint64", "string", "float"],
      rows: [
        [label, "1", "2", "3", String(2n ** 63n + 1n), 'a "quoted", text', "0.5"],
        [label, "-4", "5", "6", "7", "é", "-1.25"],
      ],
    });
  },
);

test.skipIf(!interpreter)(
  "Python's csv reads .csv; several labels get a column (needs Python)",
  async () => {
    expect(await written("cloud.csv", "5", label)).toEqual({
      rows: [
        ["label", "x", "y", "z", "supervoxel", "kind", "size"],
        ["5", "9", "9", "9", "1", "b", "2"],
        [label, "1", "2", "3", String(2n ** 63n + 1n), 'a "quoted", text', "0.5"],
        [label, "-4", "5", "6", "7", "é", "-1.25"],
      ],
    });
  },
);

test.skipIf(!interpreter)(
  ".ply holds the coordinates and what PLY has types for (needs Python)",
  async () => {
    expect(await written("cloud.ply", label)).toEqual({
      properties: [
        ["int", "x"],
        ["int", "y"],
        ["int", "z"],
        ["float", "size"],
      ],
      rows: [
        [1, 2, 3, 0.5],
        [-4, 5, 6, -1.25],
      ],
    });
  },
);

test("JSON has 64-bit integers as strings, in a file and on standard output", async () => {
  const path = join(folder.path, "cloud.json");
  await commandJson("points", dataset, label, "--output", path);
  const { stdout } = await command("points", dataset, label, "--json");
  expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile(path, "utf8")));
  expect(JSON.parse(stdout)).toEqual({
    label,
    length: 2,
    positions,
    attributes: {
      supervoxel: [String(2n ** 63n + 1n), "7"],
      kind: ['a "quoted", text', "é"],
      size: [0.5, -1.25],
    },
  });
});

test("labels come as strings of digits, the largest first where asked", async () => {
  expect(await commandJson("labels", dataset)).toEqual([
    { label: "5", blocks: 1, points: 1 },
    { label, blocks: 1, points: 2 },
  ]);
  expect(await commandJson("labels", dataset, "--largest", "1")).toEqual([
    { label, blocks: 1, points: 2 },
  ]);
});

test("an unknown label is an empty file of each format", async () => {
  for (const format of ["npy", "csv", "json", "parquet", "arrow", "ply"]) {
    const path = join(folder.path, `empty.${format}`);
    await commandJson("points", dataset, "6", "--output", path);
    expect((await readFile(path)).length, format).toBeGreaterThan(10);
  }
});
