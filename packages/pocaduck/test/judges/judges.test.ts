import { execFileSync } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttributeType, CoordinateType } from "@pocaduck/format";
import { createDataset, type PointsInput } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { expect, test } from "vitest";
import { judge } from "../../../../test/judge.ts";

const interpreter = judge("pyarrow");

interface Reading {
  files: Record<string, { rows: number; agree: boolean; columns: string[]; types: string[] }>;
  points: number;
  differing: string[];
}

const types: AttributeType[] = [
  ...(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
  ...(["float32", "float64", "string"] as const),
];

const extremes = [0, -0, -1.5, NaN, Infinity, -Infinity];

/** Values at the ends of each type, and some between. */
function attributeValue(type: AttributeType, row: number): number | bigint | string {
  if (type === "string") return ["", "a b", "é🧠", "'\"", "x".repeat(300)][row % 5] as string;
  if (type === "float32") return [...extremes, 3.4e38, 1e-40][row % 8] as number;
  if (type === "float64") return [...extremes, 1.7e308, 5e-324][row % 8] as number;
  const bits = BigInt(type.replace(/\D+/, ""));
  const signed = type.startsWith("int");
  const [least, greatest] = signed
    ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
    : [0n, 2n ** bits - 1n];
  const value = [least, greatest, 0n, 1n, greatest - 1n][row % 5] as bigint;
  return bits === 64n ? value : Number(value);
}

/** JSON has no NaN, and no −0. */
function textOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function coordinate(type: CoordinateType, row: number, axis: number): number | bigint {
  if (type === "int64") return BigInt(row * 7919) * 2n ** 40n - BigInt(axis);
  if (type === "int32") return (Math.imul(row, 2654435761) >> axis) | 0;
  return (row - 50) * 0.25 + axis;
}

test.skipIf(!interpreter).for<[CoordinateType, number]>([
  ["int32", 1],
  ["int32", 3],
  ["int64", 2],
  ["float32", 4],
  ["float64", 3],
])(
  "pyarrow and DuckDB read every file of a dataset of %s on %i axes, and agree with what was written (needs Python)",
  { timeout: 60_000 },
  async ([coordinates, axisCount]) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-judges-"));
    const store = new LocalStore(folder.path);
    const axes = ["x", "y", "z", "t"].slice(0, axisCount).map((name) => ({ name }));
    const attributes = Object.fromEntries(types.map((type) => [`of_${type}`, type]));
    const dataset = await createDataset(store, { axes, coordinates, attributes });
    const names = ["label", "block", ...axes.map(({ name }) => name), ...Object.keys(attributes)];
    const written = Object.fromEntries(names.map((name): [string, string[]] => [name, []]));
    await using ingestor = dataset.ingestor({ bufferBlocks: 2 });
    const labels = [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
    for (const [number, block] of ["0_0", 'it\'s "b"', "x/y", "🧠"].entries()) {
      for (const label of labels) {
        const rows = Array.from({ length: 40 }, (_, i) => i * 5 + number);
        const positions = rows.flatMap((row) =>
          axes.map((_, axis) => coordinate(coordinates, row, axis)),
        );
        const input = { positions } as PointsInput;
        for (const type of types)
          input[`of_${type}`] = rows.map((row) => attributeValue(type, row)) as number[];
        await ingestor.write(block, label, input);
        for (const row of rows) {
          const values = [
            ...[label, block],
            ...axes.map((_, axis) => coordinate(coordinates, row, axis)),
            ...types.map((type) => attributeValue(type, row)),
          ];
          for (const [at, name] of names.entries()) written[name]?.push(textOf(values[at]));
        }
      }
    }
    await ingestor.commit();
    await dataset.publish();
    const script = join(import.meta.dirname, "read_all.py");
    await using truth = await mkdtempDisposable(join(tmpdir(), "pocaduck-written-"));
    const path = join(truth.path, "written.json");
    await writeFile(path, JSON.stringify(written));
    const words = [script, folder.path, path];
    const output = execFileSync(interpreter ?? "", words, { maxBuffer: 1 << 28 });
    const reading = JSON.parse(output.toString()) as Reading;
    expect(Object.values(reading.files).filter(({ agree }) => !agree)).toEqual([]);
    const folders = Object.keys(reading.files).map((path) => path.split("/")[0]);
    expect([...new Set(folders)].sort()).toEqual(["extents", "index", "points"]);
    expect(reading.points).toBe(written.label?.length);
    expect(reading.differing).toEqual([]);
    const query = await openQuery(store);
    let read = 0;
    for (const label of labels) {
      const cloud = await query.points(label);
      read += cloud.length;
      for (const { block, start, end } of cloud.blocks) {
        const number = ["0_0", 'it\'s "b"', "x/y", "🧠"].indexOf(block);
        expect(end - start).toBe(40);
        const found = new Set<string>();
        for (let row = start; row < end; row++) {
          const at = cloud.positions.slice(row * axisCount, (row + 1) * axisCount);
          const values = types.map((type) => cloud.attributes[`of_${type}`]?.[row]);
          found.add([...at, ...values].join(" "));
        }
        const wanted = Array.from({ length: 40 }, (_, i) => i * 5 + number).map((row) =>
          [
            ...axes.map((_, axis) => coordinate(coordinates, row, axis)),
            ...types.map((type) => {
              const value = attributeValue(type, row);
              return type === "float32" ? Math.fround(value as number) : value;
            }),
          ].join(" "),
        );
        expect([...found].sort()).toEqual(wanted.sort());
      }
    }
    expect(read).toBe(written.label?.length);
  },
);
