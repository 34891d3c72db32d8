import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { afterAll, describe, expect, test } from "vitest";
import { type Neuron, type WriteOptions, writeNeurons } from "../src/index.ts";
import { ByteBuffer } from "../src/parquet/byte-buffer.ts";
import { decodeDelta32, decodeDelta64 } from "../src/parquet/delta-decode.ts";
import { encodeDelta32, encodeDelta64 } from "../src/parquet/delta-encode.ts";
import { decodeHybrid } from "../src/parquet/hybrid-decode.ts";
import { HybridEncoder } from "../src/parquet/hybrid-encode.ts";
import { makeConnectors, makeDotprops, makeSkeleton } from "./arbitrary.ts";
import { askPython, pyarrow } from "./judge/navis.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

const files: Record<string, { neurons: Neuron[]; options?: WriteOptions }> = {
  plain: { neurons: [makeSkeleton(1n, 30), makeSkeleton(2n, 9)] },
  pages: {
    neurons: [makeSkeleton(1n, 300), makeSkeleton(2n ** 62n, 99)],
    options: { groupRows: 128, pageRows: 16 },
  },
  gzip: { neurons: [makeSkeleton(-3n, 20)], options: { codec: "gzip" } },
  unsigned: {
    neurons: [makeSkeleton(2n ** 64n - 1n, 8), makeSkeleton(5n, 3)],
    options: { codec: "none" },
  },
  text: { neurons: [makeSkeleton("a", 12), makeSkeleton("é漢", 5)] },
  nulls: {
    neurons: [
      makeSkeleton(1n, 90, {
        radius: Float32Array.from({ length: 90 }, (_, row) => (row % 5 === 1 ? Number.NaN : row)),
      }),
    ],
    options: { pageRows: 7 },
  },
  "wide nodes": {
    neurons: [
      makeSkeleton(1n, 3, {
        nodeId: BigInt64Array.of(2n ** 60n, -5n, 7n),
        parentId: BigInt64Array.of(-1n, 2n ** 60n, -5n),
      }),
    ],
    options: { allowUnreadable: true },
  },
  extras: {
    neurons: [
      makeSkeleton(1n, 5, {
        attributes: {
          flag: Uint8Array.of(1, 0, 1, 1, 0),
          tag: ["a", "", "b", "a", "ü"],
          big: BigUint64Array.of(2n ** 64n - 1n, 0n, 1n, 2n, 3n),
        },
      }),
      makeSkeleton(2n, 3),
    ],
  },
  dotprops: { neurons: [makeDotprops(1n, 40), makeDotprops(2n, 5)] },
};

/** What a file should hold, column by column: integers as text, unknown as null. */
function columnsOf(neurons: readonly Neuron[]): Record<string, unknown[]> {
  const out: Record<string, unknown[]> = {};
  const sorted = neurons.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const put = (
    name: string,
    rows: number,
    values: ArrayLike<unknown> | undefined,
    nulls?: Uint8Array,
  ): void => {
    const list = Array.from({ length: rows }, (_, row) => {
      const value = values?.[row];
      if (value === undefined || Number.isNaN(value) || nulls?.[row] === 1) return null;
      if (values instanceof Uint8Array) return value === 1;
      return typeof value === "bigint" || values instanceof Int32Array ? String(value) : value;
    });
    out[name] = [...(out[name] ?? []), ...list];
  };
  const extras = [...new Set(neurons.flatMap(({ attributes }) => Object.keys(attributes ?? {})))];
  for (const neuron of sorted) {
    const rows = neuron.x.length;
    if (neuron.kind === "skeleton") {
      put("node_id", rows, neuron.nodeId);
      put("parent_id", rows, neuron.parentId);
      put("radius", rows, neuron.radius);
      put("label", rows, neuron.label);
    } else {
      put("vect_x", rows, neuron.vectors?.x);
      put("alpha", rows, neuron.alpha);
    }
    for (const axis of ["x", "y", "z"] as const) put(axis, rows, neuron[axis]);
    for (const name of extras) {
      const own = neuron.attributes?.[name];
      if (own && "nulls" in own) put(name, rows, own.values, own.nulls);
      else put(name, rows, own);
    }
    put("neuron", rows, new Array(rows).fill(neuron.id));
  }
  return out;
}

interface Judged {
  pyarrow: {
    columns: Record<string, unknown[]>;
    sorting: string[];
    indexed: boolean;
    groups: number;
  };
  duckdb: { columns: Record<string, unknown[]>; counts: Record<string, number> };
}

describe("independent readers agree with every file", () => {
  const path = (name: string): string => join(folder, `${name}.parquet`);

  test.skipIf(!pyarrow)(
    "pyarrow and DuckDB (needs their Python environment)",
    { timeout: 60_000 },
    async () => {
      const names = Object.keys(files);
      for (const [name, { neurons, options }] of Object.entries(files))
        await writeNeurons(path(name), neurons, options);
      const answers = askPython(pyarrow, "parquet_judge.py", names.map(path)) as Judged[];
      for (const [at, name] of names.entries()) {
        const { neurons } = files[name] as (typeof files)[string];
        const want = columnsOf(neurons);
        const { pyarrow: arrow, duckdb } = answers[at] as Judged;
        expect(arrow.columns, name).toMatchObject(want);
        expect(duckdb.columns, name).toMatchObject(want);
        expect(arrow.sorting, name).toEqual(["neuron"]);
        if (name !== "extras") expect(arrow.indexed, name).toBe(true);
        expect(duckdb.counts, name).toEqual(
          Object.fromEntries(neurons.map(({ id, x }) => [String(id), x.length])),
        );
      }
      const one = makeSkeleton(1n, 12);
      await writeNeurons(path("c"), [{ ...one, connectors: makeConnectors(one, 6) }], {
        dialect: "neurarrow",
      });
      const [lists] = askPython(pyarrow, "parquet_judge.py", [path("c.connectors")]) as Judged[];
      const { connector_id, src_sample_ids, tgt_sample_ids } = lists?.pyarrow.columns ?? {};
      expect(connector_id).toEqual(["0", "1", "2", "3", "4", "5"]);
      expect(src_sample_ids).toEqual([[], [2], [3], [], [5], [6]]);
      expect(tgt_sample_ids).toEqual([[1], [], [], [4], [], []]);
      expect(answers[names.indexOf("pages")]?.pyarrow.groups).toBe(2);
    },
  );

  test.each(Object.keys(files))("hyparquet: %s", async (name) => {
    const { neurons, options } = files[name] as (typeof files)[string];
    await writeNeurons(path(name), neurons, options);
    const bytes = readFileSync(path(name));
    const file = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.length,
    ) as ArrayBuffer;
    const rows = await parquetReadObjects({ file, compressors });
    const want = columnsOf(neurons);
    for (const [column, values] of Object.entries(want)) {
      const got = rows
        .map((row) => row[column])
        .map((value) =>
          typeof value === "bigint" || Number.isInteger(value) ? String(value) : (value ?? null),
        );
      expect(got, `${name} ${column}`).toEqual(
        values.map((value) => (Number.isInteger(value) ? String(value) : value)),
      );
    }
  });
});

test("integers packed as differences unpack the same", () => {
  const out = new ByteBuffer();
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })), { maxLength: 400 }),
      (list) => {
        out.clear();
        encodeDelta32(out, Int32Array.from(list), 0, list.length);
        const cursor = { at: 0 };
        expect([...decodeDelta32(out.view(), cursor, list.length)]).toEqual(list);
        expect(cursor.at).toBe(out.length);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.array(fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n }), { maxLength: 300 }),
      (start, steps) => {
        const list = [start];
        for (const step of steps) list.push(BigInt.asIntN(64, (list.at(-1) ?? 0n) + step));
        out.clear();
        if (encodeDelta64(out, BigInt64Array.from(list), 0, list.length)) {
          expect([...decodeDelta64(out.view(), { at: 0 }, list.length)]).toEqual(list);
        } else expect(steps.some((step) => step >= 2n ** 30n || step < -(2n ** 30n))).toBe(true);
      },
    ),
  );
});

test("levels and indexes in runs and packs decode the same", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 })), { maxLength: 60 }),
      (width, runs) => {
        const out = new ByteBuffer();
        const hybrid = new HybridEncoder(out, width);
        const want: number[] = [];
        for (const [value, length] of runs) {
          const kept = value % 2 ** width;
          hybrid.run(kept, length);
          for (let at = 0; at < length; at++) want.push(kept);
        }
        hybrid.end();
        expect([...decodeHybrid(out.view(), { at: 0 }, width, want.length)]).toEqual(want);
      },
    ),
  );
});
