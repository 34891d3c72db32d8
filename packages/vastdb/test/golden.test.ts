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
  Uint64,
  vectorFromArray,
} from "apache-arrow";
import { expect, test } from "vitest";
import { tabular } from "../src/api.ts";
import { batchStream } from "../src/arrow-message.ts";
import { encodeCreateSchema, encodeImport } from "../src/flatbuffers.ts";
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

test.skipIf(skip)(`all bodies are the recorded bytes ${needs}`, () => {
  const bodies = {
    3: encodeCreateSchema(),
    4: encodeTableSchema(schema),
    5: batchStream(rowsOfGolden()),
    6: encodeImport([{ bucket: "b", key: "x/y.parquet" }]),
  };
  for (const [index, { body_hex }] of golden.entries()) {
    const body = bodies[index as keyof typeof bodies] ?? new Uint8Array();
    expect(Buffer.from(body).toString("hex")).toBe(body_hex);
  }
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
