import {
  Binary,
  Dictionary,
  Field,
  Float32,
  Int8,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  tableFromArrays,
  Uint64,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchDecoder } from "../src/decode-batch.ts";
import { encodeBatch, encodeSchema } from "../src/encode-batch.ts";
import type { FlightBatch, ScatterColumn } from "../src/index.ts";
import { sliceBatch } from "../src/index.ts";

const schema = new Schema([
  new Field("n", new Int32(), false),
  new Field("ids", new List(new Field("item", new Uint64(), false)), true),
  new Field("blob", new Binary(), true),
  new Field("word", new Utf8(), true),
]);

const row = fc.record({
  n: fc.integer(),
  ids: fc.option(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 5 })),
  blob: fc.option(fc.array(fc.nat(255), { maxLength: 20 })),
  word: fc.option(fc.string({ unit: "grapheme", maxLength: 5 })),
});

test("scattered rows are read back as they were, whole and in slices", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.nat(30), (rows, cut) => {
      const batch = scatter(rows);
      expect(read(batch)).toEqual(rows);
      const at = Math.min(cut, rows.length);
      expect(read(sliceBatch(batch, at, rows.length))).toEqual(rows.slice(at));
    }),
  );
});

test("Arrow's own batches are read back as they were, whole and in slices", () => {
  const flags = [true, false, true, true, false, true, false, true, true, true];
  const table = tableFromArrays({ x: Int32Array.from(flags.keys()) }).assign(
    tableFromArrays({ flag: flags }),
  );
  const [batch] = table.batches;
  if (!batch) throw new Error("no batch");
  const seen = (from: FlightBatch) =>
    decode(from, batch.schema)
      .toArray()
      .map((r) => [r.x, r.flag]);
  expect(seen(batch)).toEqual([...flags.entries()]);
  expect(seen(sliceBatch(batch, 3, 9))).toEqual([...flags.entries()].slice(3, 9));
});

test("no value is copied: the parts of a message are the caller's own buffers", () => {
  const blob = new Uint8Array(1000);
  const ids = BigUint64Array.of(1n);
  const { body } = encodeBatch(schema, {
    length: 1,
    columns: [Int32Array.of(1), [ids], [blob], ["w"]],
  });
  expect(body.filter(({ buffer }) => buffer === blob.buffer)).toHaveLength(1);
  expect(body.filter(({ buffer }) => buffer === ids.buffer)).toHaveLength(1);
});

test("each buffer starts on 8 bytes and the padding is zero", () => {
  const { header, body } = encodeBatch(
    schema,
    scatter([{ n: 1, ids: null, blob: [255], word: "ab" }]),
  );
  const whole = body.flatMap((part) => [...part]);
  expect(whole.length % 8).toBe(0);
  expect(header.byteLength).toBeGreaterThan(0);
  expect(whole.slice(-8)).toEqual([97, 98, 0, 0, 0, 0, 0, 0]);
});

test("a column that does not fit its field is refused by name", () => {
  const good: ScatterColumn[] = [Int32Array.of(1), [null], [null], [null]];
  const cases: [number, ScatterColumn, RegExp][] = [
    [0, Int32Array.of(1, 2), /1 rows in "n", got 2/],
    [0, Float32Array.of(1), /"n" to hold Int32, got Float32Array/],
    [0, [null], /"n" to hold Int32, got one array per row/],
    [1, [Int32Array.of(1)], /"ids" to hold List<Uint64>, got Int32Array/],
    [1, ["x"], /"ids" to hold List<Uint64>, got a string/],
    [2, [BigUint64Array.of(1n)], /"blob" to hold Binary, got BigUint64Array/],
    [2, ["x"], /"blob" to hold Binary, got a string/],
    [3, [Int8Array.of(1)], /"word" to hold Utf8, got Int8Array/],
    [0, makeData({ type: new Int8(), data: Int8Array.of(1) }), /"n" to hold Int32, got Int8/],
  ];
  for (const [index, column, reason] of cases) {
    const columns = good.with(index, column);
    expect(() => encodeBatch(schema, { length: 1, columns })).toThrow(reason);
  }
  expect(() => encodeBatch(schema, { length: 1, columns: good.slice(1) })).toThrow(
    /4 columns.*got 3/,
  );
  const other = new RecordBatch({ n: makeData({ type: new Int8(), data: Int8Array.of(1) }) });
  const narrow = new Schema([new Field("n", new Float32(), true)]);
  expect(() => encodeBatch(narrow, other)).toThrow(/column 0 to be "n" Float32, got "n" Int8/);
});

test("nulls in a column that has none, and dictionaries, are refused", () => {
  const strict = new Schema([new Field("blob", new Binary(), false)]);
  expect(() => encodeBatch(strict, { length: 1, columns: [[null]] })).toThrow(/no nulls in "blob"/);
  const words = vectorFromArray(["a", "b"], new Dictionary(new Utf8(), new Int32()));
  const dictionary = new Schema([new Field("word", words.type, true)]);
  const [data] = words.data;
  if (!data) throw new Error("no data");
  expect(() => encodeBatch(dictionary, { length: 2, columns: [data] })).toThrow(
    /without a dictionary/,
  );
});

type Row = { n: number; ids: bigint[] | null; blob: number[] | null; word: string | null };

function scatter(rows: readonly Row[]): FlightBatch {
  const columns = [
    Int32Array.from(rows, ({ n }) => n),
    rows.map(({ ids }) => ids && BigUint64Array.from(ids)),
    rows.map(({ blob }) => blob && Uint8Array.from(blob)),
    rows.map(({ word }) => word),
  ];
  return { length: rows.length, columns };
}

function read(batch: FlightBatch): Row[] {
  return decode(batch, schema)
    .toArray()
    .map(({ n, ids, blob, word }) => ({ n, ids: ids && [...ids], blob: blob && [...blob], word }));
}

function decode(batch: FlightBatch, of: Schema): RecordBatch {
  const { header, body } = encodeBatch(of, batch);
  const decoder = new BatchDecoder();
  decoder.decode(encodeSchema(of));
  const decoded = decoder.decode(header, Uint8Array.from(body.flatMap((part) => [...part])));
  if (!decoded) throw new Error("no batch");
  return decoded;
}
