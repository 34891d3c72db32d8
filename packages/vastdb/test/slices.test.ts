import {
  Bool,
  Dictionary,
  Field,
  FixedSizeBinary,
  Int32,
  LargeUtf8,
  List,
  makeData,
  Null,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { assertTableSchema } from "../src/index.ts";
import { type SliceLimits, slices } from "../src/slices.ts";
import { binary, faked, lists, rows, schema } from "./target.ts";

test("slices hold every row once, each in one batch under the limit", () => {
  const sizes = fc.array(fc.nat(3000), { maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 25 }), (sizes, maxRows) => {
      const limits = { maxBodySize: 80_000, maxRows };
      const bodies = [...slices(rows(sizes), limits)];
      const seen = bodies.flatMap(({ body, rows: count }) => {
        const batches = [...RecordBatchReader.from(body)];
        expect(batches).toHaveLength(1);
        expect(batches[0]?.numRows).toBe(count);
        expect(count).toBeLessThanOrEqual(maxRows);
        expect(body.byteLength).toBeLessThanOrEqual(80_000);
        return tableFromIPC(body)
          .toArray()
          .map((row) => row.bin1.length);
      });
      expect(seen).toEqual(sizes);
    }),
    { numRuns: 50 },
  );
});

test("nine rows of four full cells fit a request, more go into the next", () => {
  const cell = new Uint8Array(129_024).fill(7);
  const columns = Array.from({ length: 4 }, () => binary(Array.from({ length: 20 }, () => cell)));
  const fields = columns.map((column, index) => new Field(`bin${index + 1}`, column.type, true));
  const data = makeData({ type: new Struct(fields), length: 20, children: columns });
  const cut = [...slices(new RecordBatch(new Schema(fields), data))];
  expect(cut.map((slice) => slice.rows)).toEqual([9, 9, 2]);
  expect(Math.max(...cut.map(({ body }) => body.byteLength))).toBeLessThanOrEqual(4_718_592);
});

test("524,288 rows are one request, one row more is two, none is none", () => {
  const count = (length: number) => {
    const children = [makeData({ type: new Int32(), data: new Int32Array(length) })];
    const narrow = new Schema([new Field("z", new Int32(), true)]);
    const data = makeData({ type: new Struct(narrow.fields), length, children });
    return [...slices(new RecordBatch(narrow, data))].map((slice) => slice.rows);
  };
  expect(count(524_288)).toEqual([524_288]);
  expect(count(524_289)).toEqual([524_288, 1]);
  expect(count(0)).toEqual([]);
});

test("a cell or a row that no request can carry is refused with both numbers", () => {
  const cut = (batch: RecordBatch, limits?: SliceLimits) => [...slices(batch, limits)].length;
  expect(cut(rows([129_024]))).toBe(1);
  expect(() => cut(rows([5, 129_025]))).toThrow(
    /column "bin1", row 1: a cell of 129025 bytes, the limit is 129024/,
  );
  const long = Array.from({ length: 16_129 }, () => 1n);
  const one = new Schema([new Field("ids", lists([]).type, true)]);
  const labels = (list: readonly bigint[]) => {
    const children = [lists([list])];
    return new RecordBatch(one, makeData({ type: new Struct(one.fields), length: 1, children }));
  };
  expect(cut(labels(long.slice(1)))).toBe(1);
  expect(() => cut(labels(long))).toThrow(/column "ids", row 0: a cell of 129032 bytes/);
  expect(() => cut(rows([90_000]), { maxBodySize: 80_000 })).toThrow(
    /row 0 makes a request of \d+ bytes, the limit is 80000/,
  );
});

test("a nested cell is measured with all that is in it", () => {
  const type = new List(new Field("item", new Utf8(), true));
  const batch = (words: number) => {
    const [column] = vectorFromArray([Array.from({ length: words }, () => "word")], type).data;
    const nested = new Schema([new Field("words", type, true)]);
    const children = column ? [column] : [];
    return new RecordBatch(
      nested,
      makeData({ type: new Struct(nested.fields), length: 1, children }),
    );
  };
  expect([...slices(batch(10))]).toHaveLength(1);
  expect(() => [...slices(batch(20_000))]).toThrow(/column "words", row 0: a cell of \d+ bytes/);
});

test("40 columns are a table, 41 are not, nor are types and names that servers refuse", () => {
  const columns = (count: number) =>
    new Schema(
      Array.from({ length: count }, (_, index) => new Field(`c${index}`, new Int32(), true)),
    );
  assertTableSchema(columns(40));
  expect(() => assertTableSchema(columns(41))).toThrow("Expected 1 to 40 columns, got 41");
  expect(() => assertTableSchema(columns(0))).toThrow("Expected 1 to 40 columns, got 0");
  const types = [
    new Null(),
    new Dictionary(new Utf8(), new Int32()),
    new LargeUtf8(),
    new FixedSizeBinary(4),
  ];
  for (const type of types) {
    expect(() => assertTableSchema(new Schema([new Field("c", type, true)]))).toThrow(
      /Expected "c" to be of a type that VAST takes, got/,
    );
    const list = new List(new Field("item", type, true));
    expect(() => assertTableSchema(new Schema([new Field("c", list, true)]))).toThrow(/"c"/);
  }
  for (const name of ["", "vastdb_rowid", "$row_id"]) {
    const given = new Schema([new Field(name, new Bool(), true)]);
    expect(() => assertTableSchema(given)).toThrow(/distinct and free/);
  }
  const twice = [new Field("c", new Bool(), true), new Field("c", new Bool(), true)];
  expect(() => assertTableSchema(new Schema(twice))).toThrow(/distinct and free, got "c"/);
});

test("what was inserted in many requests is there once, value by value", async () => {
  await using to = await faked({}, { limits: { maxBodySize: 100_000 } });
  const { client, fake, ref } = to;
  await client.ensureTable(ref, schema);
  const batch = rows(Array.from({ length: 300 }, (_, row) => row * 7));
  await client.transact((transaction) => transaction.insert(ref, new Table([batch])));
  expect(fake.requests.filter(({ command }) => command === "rows").length).toBeGreaterThan(3);
  expect(fake.rows(ref)?.toArray().map(String)).toEqual(batch.toArray().map(String));
});
