import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as api from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-arguments-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const one = makeSkeleton(7n, 4);
/** What a caller without types may pass. */
const wrong = (value: unknown): never => value as never;
const bytes = await api.encodeNeurons([one]);
const file = await api.openNeurons(bytes);

/** Whatever a function gives: a value, a promise or a stream. */
async function outcome(run: () => unknown): Promise<unknown> {
  const given = await run();
  const isStream = typeof given === "object" && given !== null && Symbol.asyncIterator in given;
  return isStream ? all(given as never) : given;
}

const ranges: [name: string, run: () => unknown, message: string][] = [
  [
    "a size of groups",
    () => api.encodeNeurons([one], { groupRows: 0 }),
    "`groupRows` to be an integer from 1, got 0",
  ],
  [
    "half a page",
    () => api.encodeNeurons([], { pageRows: 1.5 }),
    "`pageRows` to be an integer from 1, got 1.5",
  ],
  ["a negative limit", () => file.neurons({ limit: -1 }), "`limit` to be a number from 0, got -1"],
  ["an id that is not exact", () => file.neuron(2 ** 60), "`id` to be a bigint beyond 2^53"],
  [
    "a picture too small",
    () => api.drawSvg([one], { size: 1 }),
    "`size` to be an integer from 16 to 16384, got 1",
  ],
  ["one neighbour", () => api.toDotprops(one, 1), "`k` to be an integer from 2, got 1"],
  [
    "no width of a step",
    () => api.writeAny(path("p"), [one], { format: "precomputed", nanometers: 0 }),
    "`nanometers` to be a number above 0, got 0",
  ],
  [
    "parts of none",
    () => api.splitNeurons(path("a.parquet"), path("b.parquet"), { neurons: 0 }),
    "`neurons` to be a number from 1, got 0",
  ],
];

const types: [name: string, run: () => unknown, message: string][] = [
  [
    "a codec",
    () => api.encodeNeurons([one], { codec: wrong("lz77") }),
    '`codec` to be "zstd", "gzip" or "none", got "lz77"',
  ],
  [
    "a dialect",
    () => api.encodeNeurons([one], { dialect: wrong("navis-3") }),
    '`dialect` to be "navis", "navis-1", "zip" or "neurarrow", got "navis-3"',
  ],
  [
    "an option",
    () => api.encodeNeurons([one], wrong({ codecs: "zstd" })),
    "`options` to have only dialect, order, coordinates",
  ],
  [
    "an option of reading",
    () => file.neurons(wrong({ id: 7n })),
    '`options` to have only extras, attributes, connectors, ids, limit, where, missing, got "id"',
  ],
  [
    "an option of opening",
    () => api.openNeurons(bytes, wrong({ tail: 5 })),
    "`options` to have only connectors, index, tailSize, onSearch",
  ],
  [
    "an option of any format",
    () => api.writeAny(path("a.swc"), [one], wrong({ reindexed: true })),
    "`options` to have only dialect",
  ],
  [
    "null options",
    () => api.openNeurons(bytes, wrong(null)),
    "`options` to be an object, got null",
  ],
  [
    "a null source",
    () => api.openNeurons(wrong(null)),
    "`source` to be a path, a URL, bytes, a Blob or have byteLength and slice, got null",
  ],
  [
    "a null sink",
    () => api.writeNeurons(wrong(null), [one]),
    "`sink` to be a path, a WritableStream or have write, got null",
  ],
  [
    "null neurons",
    () => api.encodeNeurons(wrong(null)),
    "`neurons` to be a list of neurons, or an iterable or async iterable of them, got null",
  ],
  [
    "a text for neurons",
    () => api.writeSwc(path("a.zip"), wrong("abc")),
    "`neurons` to be a list of neurons",
  ],
  [
    "a null neuron",
    () => api.encodeNeurons([wrong(null)]),
    '`neurons` to be a list in which each is a neuron: an object of kind "skeleton" or "dotprops", got null',
  ],
  [
    "a neuron of another kind",
    () => api.writeAny(path("a.swc"), [wrong({ kind: "mesh" })]),
    "`neurons` to be a neuron",
  ],
  [
    "a null id",
    () => file.neuron(wrong(null)),
    "`id` to be a bigint, a number or a string, got null",
  ],
  ["ids that are one", () => file.neurons({ ids: wrong(7n) }), "`ids` to be iterable, got 7n"],
  [
    "an extra",
    () => file.neuron(7n, { extras: wrong(["colour"]) }),
    '`extras` to be a list of "radius", "label", "vectors" and "alpha", got a list',
  ],
  [
    "a null path",
    () => api.readAny(wrong(null)),
    "`place` to be a path, a URL, bytes, a Blob or have byteLength and slice, got null",
  ],
  [
    "a format to read",
    () => api.readAny("a", { format: wrong("h5") }),
    '`format` to be "parquet", "swc", "precomputed" or "arrow", got "h5"',
  ],
  [
    "a null text",
    () => api.parseSwc(wrong(null)),
    "`text` to be a string or a Uint8Array, got null",
  ],
  [
    "a pattern",
    () => api.readSwc(path("a"), { pattern: wrong(5) }),
    "`pattern` to be a string, got 5",
  ],
  [
    "a null place",
    () => api.openPrecomputed(wrong(null)),
    "`place` to be a path, a URL or an object with get, got null",
  ],
  ["no path to write to", () => api.writePrecomputed("", [one]), '`path` to be a path, got ""'],
  [
    "a view",
    () => api.drawPng([one], { view: wrong("xx") }),
    '`view` to be "xy", "xz", "yz", "yx", "zx" or "zy", got "xx"',
  ],
  [
    "a colour",
    () => api.drawSvg([one], { background: "red" }),
    '`background` to be a colour of the form #rrggbb, got "red"',
  ],
  [
    "neurons to draw",
    () => api.drawSvg(wrong(one)),
    "`neurons` to be a list of neurons, got a Object",
  ],
  ["a neuron to check", () => api.checkNeuron(wrong(undefined)), "`neuron` to be a neuron"],
  ["Arrow bytes", () => api.fromArrow(wrong("x")), '`bytes` to be a Uint8Array, got "x"'],
  [
    "a table of connectors",
    () => api.parseConnectorsCsv(wrong(null)),
    "`text` to be a string, got null",
  ],
  [
    "file metadata",
    () => api.encodeNeurons([one], { fileMetadata: wrong({ _a: 1 }) }),
    "`fileMetadata` to be an object of strings",
  ],
  [
    "rewriting nothing",
    () => api.rewriteNeurons(wrong(null), path("a.parquet")),
    "`input` to be a path or an open file, got null",
  ],
];

describe("a caller's mistake is one error that names the argument and what it may be", () => {
  test.each(types)("%s of the wrong type", async (_, run, message) => {
    const error = await outcome(run).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`Expected ${message}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(ranges)("%s out of range", async (_, run, message) => {
    const error = await outcome(run).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain(`Expected ${message}`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("a limit reads no neuron beyond the last, which may be broken", async () => {
  await api.writeSwc(path("some"), [one, makeSkeleton(8n, 2)]);
  writeFileSync(path("some/9.swc"), "broken");
  expect(await all(api.readAny(path("some"), { limit: 2 }))).toHaveLength(2);
  await expect(all(api.readAny(path("some"), { limit: 3 }))).rejects.toMatchObject({
    code: "invalid-swc",
  });
  rmSync(path("some/9.swc"));
  await expect(all(api.readAny(path("some"), { ids: [7n, 99n] }))).rejects.toMatchObject({
    code: "not-found",
    file: path("some"),
  });
  expect(await all(api.readAny(path("some"), { ids: [7n, 99n], missing: "skip" }))).toHaveLength(1);
});
