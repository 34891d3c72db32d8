import { expect, test } from "vitest";
import { encodeNeurons, openNeurons, type PropertyValue } from "../src/index.ts";
import { compressor } from "../src/parquet/compress.ts";
import { TableWriter } from "../src/parquet/table-writer.ts";
import { memorySink } from "../src/sink.ts";
import { makeSkeleton } from "./arbitrary.ts";

/** A file of one neuron as another program might write it, with these keys. */
async function fileOf(keys: Record<string, string>) {
  const sink = memorySink();
  const columns = ["node_id", "parent_id", "x", "y", "z", "neuron"];
  const writer = new TableWriter(
    async (bytes) => sink.write(bytes),
    columns.map((name) => ({ name, type: "INT32", encoding: "plain" })),
    compressor("none"),
    10,
  );
  await writer.group(
    [1, -1, 0, 0, 0, 7].map((value) => ({ values: Int32Array.of(value) })),
    1,
  );
  await writer.end(Object.entries({ "7:id": "7", ...keys }), "another program");
  return openNeurons(sink.bytes());
}

const read: [dtype: string, text: string, value: PropertyValue][] = [
  ["str", "5", "5"],
  ["str", "None", "None"],
  ["str", "", ""],
  ["int", "5", 5n],
  ["int", "-0012", -12n],
  ["int", "+99999999999999999999999", 99999999999999999999999n],
  ["float", "0.1", 0.1],
  ["float", "1e-7", 1e-7],
  ["float", "nan", Number.NaN],
  ["float", "NaN", Number.NaN],
  ["float", "-inf", -Infinity],
  ["float", "Infinity", Infinity],
  ["float", "-0", -0],
  ["bool", "true", true],
  ["bool", "False", false],
  ["json", '[1, null, {"a": "b"}]', [1, null, { a: "b" }]],
  ["json", '{"$value": "7n"}', 7n],
];

test.each(read)("_dtype %s reads %j", async (dtype, text, value) => {
  const file = await fileOf({ "7:p": text, "_dtype:p": dtype });
  expect((await file.metadata(7n))?.properties).toEqual({ p: value });
  expect(file.warnings).toEqual([]);
});

/** navis writes no such key: these are words of numpy, pandas and JSON that another program might think of. */
const unknown = [
  "int64",
  "Int64",
  "float32",
  "object",
  "string",
  "number",
  "boolean",
  "complex",
  "list",
  "datetime64[ns]",
  "",
  "INT",
  "ünknown",
];

test.each(unknown)("the unknown word %j gives the text and is told", async (dtype) => {
  const file = await fileOf({ "7:p": "5", "_dtype:p": dtype });
  expect((await file.metadata(7n))?.properties).toEqual({ p: "5" });
  const message = `_dtype:p names the unknown type "${dtype}": read as text`;
  expect(file.warnings).toEqual([{ message }]);
});

test.each([
  ["int", "5.0"],
  ["int", "many"],
  ["float", "wide"],
  ["float", ""],
  ["bool", "yes"],
  ["json", "{broken"],
])("a text that is no %s, %j, stays a text and costs nothing else", async (dtype, text) => {
  const file = await fileOf({ "7:p": text, "7:q": "3", "_dtype:p": dtype, "_dtype:q": "int" });
  expect((await file.metadata(7n))?.properties).toEqual({ p: text, q: 3n });
  expect(file.warnings).toMatchObject([
    { neuron: 7n, message: expect.stringContaining('property "p"') },
  ]);
});

const kept: [dtype: string, values: [PropertyValue, PropertyValue]][] = [
  ["str", ["", "None"]],
  ["int", [0n, 2n ** 70n]],
  ["float", [-0, Number.NaN]],
  ["bool", [false, true]],
  ["json", [null, [1n, "a", { b: Infinity }]]],
  ["json", [1, 1n]],
  ["json", [true, "true"]],
];

test.each(kept)("%s is what %o is written as, and both come back", async (dtype, [a, b]) => {
  const neurons = [a, b].map((p, at) => makeSkeleton(BigInt(at), 2, { properties: { p } }));
  for (const metadata of ["keys", "table"] as const) {
    const file = await openNeurons(await encodeNeurons(neurons, { metadata }));
    expect((await file.allMetadata()).map(({ properties }) => properties)).toEqual([
      { p: a },
      { p: b },
    ]);
  }
  const plain = await encodeNeurons(neurons, { codec: "none" });
  const text = new TextDecoder("latin1").decode(plain);
  expect(text).toContain(`_dtype:p\u0018${String.fromCharCode(dtype.length)}${dtype}`);
});

test("_dtype of the ids decides in a file without an id column", async () => {
  const columns = ["node_id", "parent_id", "x", "y", "z"];
  for (const [dtype, id] of [
    ["int", 7n],
    ["str", "7"],
  ] as const) {
    const parts = memorySink();
    const writer = new TableWriter(
      async (bytes) => parts.write(bytes),
      columns.map((name) => ({ name, type: "INT32", encoding: "plain" })),
      compressor("none"),
      10,
    );
    await writer.group(
      [1, -1, 0, 0, 0].map((value) => ({ values: Int32Array.of(value) })),
      1,
    );
    await writer.end(
      [
        ["7:id", "7"],
        ["_dtype:id", dtype],
      ],
      "another program",
    );
    expect(await (await openNeurons(parts.bytes())).ids()).toEqual([id]);
  }
});
