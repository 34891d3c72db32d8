import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Binary,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  tableFromIPC,
  Uint64,
  vectorFromArray,
} from "apache-arrow";
import { expect, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { tabular } from "../src/api.ts";
import { encodeCreateSchema, encodeImport } from "../src/flatbuffers.ts";
import { encodeRows } from "../src/slices.ts";
import { encodeTableSchema } from "../src/table-schema.ts";
import { type Command, signedHeaders, type VastRequest } from "../src/transport.ts";

type Recorded = {
  method: VastRequest["method"];
  path: string;
  headers: Record<string, string>;
  body_hex: string;
};

const folder = process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../../../shared");
const file = join(folder, "data/vast/vast-golden.json");
const skip = !existsSync(file) && process.env.CI !== "true";
const golden: Recorded[] = skip ? [] : JSON.parse(readFileSync(file, "utf8"));
const needs = "(needs ../shared)";
const bodyOf = (index: number) => Buffer.from(golden[index]?.body_hex ?? "", "hex");

const schema = new Schema([
  new Field("label", new Uint64(), true),
  new Field("z", new Int32(), true),
  new Field("bin1", new Binary(), true),
  new Field("bin2", new Binary(), true),
]);

test.skipIf(skip)(`all nine recorded requests carry the recorded headers ${needs}`, () => {
  const time = new Date("2026-11-21T01:28:23Z");
  for (const { method, path: url, headers, body_hex } of golden) {
    const [path = "", command = ""] = url.split("?");
    const txid = headers["tabular-txid"];
    const ours = {
      ...(txid !== undefined && tabular(txid)),
      ...(command === "data" && { "tabular-case-sensitive": "True" }),
    };
    const body = Buffer.from(body_hex, "hex");
    const request = { method, path, command: command as Command, headers: ours, body };
    const credentials = { accessKey: "AK", secretKey: "SK" };
    const sent = signedHeaders(request, "127.0.0.1:46107", time, credentials);
    expect(relevant(sent)).toEqual(relevant(headers));
  }
});

test.skipIf(skip)(`the bodies to create a schema and to import are those bytes ${needs}`, () => {
  expect(Buffer.from(encodeCreateSchema())).toEqual(bodyOf(3));
  expect(Buffer.from(encodeImport([{ bucket: "b", key: "x/y.parquet" }]))).toEqual(bodyOf(6));
});

test.skipIf(skip)(`the bodies to create and to fill a table mean the same ${needs}`, () => {
  const empty = Buffer.concat([encodeTableSchema(schema), Buffer.from("ffffffff00000000", "hex")]);
  expect(String(tableFromIPC(empty).schema)).toBe(String(tableFromIPC(bodyOf(5)).schema));
  const rows = encodeRows(rowsOfGolden());
  expect(tableFromIPC(rows).toString()).toBe(tableFromIPC(bodyOf(5)).toString());
  expect(bodyOf(5).subarray(0, 272)).toEqual(bodyOf(4));
});

const python = judge("pyarrow");

test.skipIf(python === undefined)("pyarrow reads both as valid (needs pyarrow)", () => {
  const code = `
import json, sys, pyarrow as pa
table, rows = (bytes.fromhex(body) for body in json.load(sys.stdin))
assert pa.ipc.read_schema(pa.py_buffer(table)) == pa.ipc.open_stream(rows).schema
batch = pa.ipc.open_stream(rows).read_next_batch()
batch.validate(full=True)
print([[str(cell) for cell in column.to_pylist()] for column in batch.columns])`;
  const bodies = [encodeTableSchema(schema), encodeRows(rowsOfGolden())];
  const input = JSON.stringify(bodies.map((body) => Buffer.from(body).toString("hex")));
  const read = String(execFileSync(String(python), ["-c", code], { input })).trim();
  expect(read).toBe(`[['1', '2'], ['3', '4'], ["b'aa'", "b'bb'"], ['None', "b'c'"]]`);
});

function rowsOfGolden(): RecordBatch {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const children = [
    makeData({ type: new Uint64(), data: BigUint64Array.of(1n, 2n) }),
    makeData({ type: new Int32(), data: Int32Array.of(3, 4) }),
    vectorFromArray([bytes("aa"), bytes("bb")], new Binary()).data[0],
    vectorFromArray([null, bytes("c")], new Binary()).data[0],
  ].filter((data) => data !== undefined);
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: 2, children }),
  );
}

/** All but what Python's HTTP library adds of its own. */
function relevant(headers: Record<string, string>): object {
  const kept = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => /^(host|authorization|content-length|x-amz-|tabular-)/.test(name));
  return Object.fromEntries(kept);
}
