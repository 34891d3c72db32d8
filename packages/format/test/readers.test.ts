import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import initWasm, { readParquet } from "parquet-wasm/esm";
import { beforeAll, describe, expect, test } from "vitest";
import { type Column, type ColumnData, newArray, numericTypes, TableWriter } from "../src/index.ts";

const texts = ["", "12_7_3", "é🧠", "x".repeat(3000)].map((text) => new TextEncoder().encode(text));
const columns: Column[] = [
  { name: "label", type: "uint64" },
  { name: "block", type: "string" },
  ...numericTypes.map((type): Column => ({ name: type, type })),
];

/** At both ends of a float, at its zeros, and what is no number. */
const floatEdges = {
  float32: [NaN, Infinity, -Infinity, -0, 0, 2 ** 128 - 2 ** 104, -(2 ** -149)],
  float64: [NaN, Infinity, -Infinity, -0, 0, -Number.MAX_VALUE, Number.MIN_VALUE],
};

/** Row groups of one row, of one page, of several pages; values at the ends of each type. */
const groups = [1, 1000, 40_001].map((rows) => {
  const bits = (type: string): bigint => BigInt(type.replace(/\D+/, ""));
  const numbers = numericTypes.map((type) => {
    const values = newArray(type, rows);
    for (let row = 0; row < rows; row++) {
      const edge = type.startsWith("uint") ? 2n ** bits(type) - 1n : -(2n ** (bits(type) - 1n));
      const value = row % 7 === 0 ? edge : BigInt(row % 100);
      if (type === "float32" || type === "float64") {
        values[row] = (row % 2 === 0 ? floatEdges[type][(row / 2) % 7] : row / 3) as never;
      } else values[row] = (bits(type) === 64n ? value : Number(value)) as never;
    }
    return values;
  });
  return {
    rows,
    labels: BigUint64Array.from({ length: rows }, (_, row) => 2n ** 63n + BigInt(row >> 6)),
    ids: Int32Array.from({ length: rows }, (_, row) => (row >> 3) % texts.length),
    numbers,
  };
});

function makeFile(): Uint8Array {
  const table = new TableWriter(columns);
  const parts: Uint8Array[] = [];
  for (const { rows, labels, ids, numbers } of groups) {
    const data: ColumnData[] = [labels, { ids, texts, length: rows }, ...numbers];
    parts.push(...table.writeGroup(rows, data).parts);
  }
  parts.push(table.finish());
  return new Uint8Array(Buffer.concat(parts));
}

const decoder = new TextDecoder();
const expected = groups.flatMap(({ rows, labels, ids, numbers }) =>
  Array.from({ length: rows }, (_, row) =>
    [
      labels[row],
      decoder.decode(texts[ids[row] as number]),
      ...numbers.map((values) => values[row]),
    ]
      .map(exact)
      .join("|"),
  ),
);

describe("a table of every type reads the same", () => {
  let file: Uint8Array;
  beforeAll(() => {
    file = makeFile();
  });

  test("with hyparquet", async () => {
    const bytes = file.slice().buffer;
    const rows = await parquetReadObjects({ file: bytes, compressors });
    const found = rows.map((row) => columns.map(({ name, type }) => unsigned(row[name], type)));
    expectRows(found);
  });

  test("with parquet-wasm", async () => {
    const wasm = fileURLToPath(import.meta.resolve("parquet-wasm/esm/parquet_wasm_bg.wasm"));
    await initWasm({ module_or_path: await readFile(wasm) });
    const table = tableFromIPC(readParquet(file).intoIPCStream());
    const vectors = columns.map(({ name }) => table.getChild(name));
    expectRows(
      Array.from({ length: table.numRows }, (_, row) => vectors.map((vector) => vector?.get(row))),
    );
  });
});

/** hyparquet gives some unsigned values as the signed ones of the same bits. */
function unsigned(value: unknown, type: Column["type"]): unknown {
  if (typeof value === "number" && value < 0 && type.startsWith("uint")) {
    return value + 2 ** Number(type.slice(4));
  }
  return value;
}

function expectRows(found: unknown[][]): void {
  expect(found.length).toBe(expected.length);
  const lines = found.map((row) => row.map(exact).join("|"));
  const wrong = lines.findIndex((line, at) => line !== expected[at]);
  expect(lines[wrong]).toBe(expected[wrong]);
}

/** As text that tells -0 from 0. */
function exact(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
