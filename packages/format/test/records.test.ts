import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32InScript } from "../src/crc32.ts";
import {
  assertSchema,
  blockNumber,
  crc32,
  decodeDataset,
  decodeFences,
  decodeGroupPointer,
  encodeDataset,
  encodeFences,
  encodeGroupPointer,
  type Fence,
  findFences,
  gridLength,
  type Schema,
} from "../src/index.ts";
import { decodeSealedJson, encodeSealedJson } from "../src/json.ts";

const schema: Schema = {
  axes: [{ name: "x", unit: "nm", resolution: 8 }, { name: "y" }, { name: "z", offset: 4 }],
  coordinates: "int32",
  attributes: { supervoxel: "uint64", kind: "string" },
  grid: { shape: [10, 20, 30], blockShape: [8, 8, 8] },
  about: { points: "surface" },
};

const axis = (change: object): object => ({ axes: [{ name: "x", ...change }] });
const grid = (change: object): object => ({ grid: { ...schema.grid, ...change } });

test("CRC-32 in JavaScript equals the native one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, before) => {
      expect(crc32InScript(bytes, before)).toBe(crc32(bytes, before));
    }),
  );
});

describe("sealed JSON", () => {
  test("comes back", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
        fc.pre(!("crc32" in value) && !("__proto__" in value));
        const { crc32: _, ...got } = decodeSealedJson("k", encodeSealedJson(value));
        expect(got).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("refuses what would not come back", () => {
    expect(() => encodeSealedJson({ blocks: [{ min: [1, NaN] }] })).toThrow(/record.*got NaN/);
  });

  test("is found out, whichever bit is flipped and wherever it is cut", () => {
    const bytes = encodeSealedJson({ version: 12, text: "é" });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bad = bytes.slice();
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeSealedJson("k", bad), `bit ${bit}`).toThrow('"k": ');
    }
    for (let size = 0; size < bytes.length; size++) {
      expect(() => decodeSealedJson("k", bytes.subarray(0, size))).toThrow('"k": ');
    }
  });
});

describe("pocaduck.json", () => {
  test("comes back", () => {
    expect(decodeDataset(encodeDataset(schema, "an-id"))).toEqual(schema);
  });

  test("of a newer format says so", () => {
    const newer = encodeSealedJson({ format: "pocaduck", formatVersion: 2, ...schema });
    expect(() => decodeDataset(newer)).toThrow(/format version 2.*install a newer/);
  });

  test.for<[string, object, RegExp]>([
    ["no axis", { axes: [] }, /`axes` to be 1 to 4 axes, got 0/],
    ["no axes at all", { axes: undefined }, /`axes` to be a list, got undefined/],
    ["five axes", { axes: [..."vwxyz"].map((name) => ({ name })) }, /1 to 4 axes, got 5/],
    ["names for axes", { axes: ["x", "y"] }, /`axes\[0\]` to be an object, as in .*, got "x"/],
    ["an axis without a name", { axes: [{}] }, /`axes\[0\].name` to be a string, got undefined/],
    ["an axis called label", { axes: [{ name: "label" }] }, /`axes\[0\].name`.*than.*"label"/],
    ["a unit of a number", axis({ unit: 5 }), /`axes\[0\].unit` to be a string, got 5/],
    ["a resolution of NaN", axis({ resolution: NaN }), /resolution`.*above 0, got NaN/],
    ["a resolution in words", axis({ resolution: "8" }), /resolution`.*above 0, got "8"/],
    ["a resolution of 0", axis({ resolution: 0 }), /resolution`.*above 0, got 0/],
    ["a resolution below", axis({ resolution: -8 }), /resolution`.*above 0, got -8/],
    ["an endless offset", axis({ offset: Infinity }), /offset` to be a finite number, got Inf/],
    ["an axis with more", axis({ scale: 8 }), /`axes\[0\]` to have name,.*got `scale` too/],
    ["two names that differ in case", { attributes: { X: "int8" } }, /distinct.*"X"/],
    ["an attribute with a space", { attributes: { "a b": "int8" } }, /column name.*"a b"/],
    ["an attribute no object can have", JSON.parse('{"attributes":{"__proto__":"int8"}}'), /__pro/],
    ["an unknown type", { attributes: { a: "int128" } }, /`attributes.a` to be int8.*int128/],
    ["attributes in a list", { attributes: ["a"] }, /`attributes` to be an object, got a list/],
    ["a misspelt member", { attribute: { a: "int8" } }, /`schema` to have axes,.*`attribute` too/],
    ["a flat grid", { grid: { shape: [1, 2], blockShape: [1, 1] } }, /`grid.shape` to be 3 integ/],
    ["an origin of NaN", grid({ origin: [NaN, 0, 0] }), /`grid.origin`.*finite.*\[NaN,0,0\]/],
    ["more blocks than a number holds", grid({ shape: [1e9, 1e9, 1e9] }), /2\^53-1 blocks/],
    ["about that is no text", { about: { a: 5 } }, /`about.a` to be a string, got 5/],
  ])("with %s is refused", ([, change, message]) => {
    expect(() => assertSchema({ ...schema, ...change } as Schema)).toThrow(message);
  });

  test("is refused in words of ours or comes back, whatever stands at whichever place of it", () => {
    const paths = `axes axes.0 axes.0.name axes.0.unit axes.0.resolution axes.2.offset coordinates
      attributes attributes.kind grid grid.shape grid.shape.0 grid.blockShape grid.blockShape.2 grid.origin
      grid.origin.1 about about.points about.more more axes.1.more grid.more`.split(/\s+/);
    const odd: unknown[] = [undefined, null, true, NaN, -Infinity, -1, 0, 0.5, 1, 1e300, 7n];
    odd.push(...["", "x", "é", "Z", "label", "a b", "a\ud800", "int32", "string"]);
    odd.push({}, [], ["x"], [1], [0, 0, 0], [8, 8, 8], [{ name: "q" }], { a: "int8" }, { a: "" });
    const outcomes = { refused: 0, taken: 0 };
    for (const path of paths) {
      for (const value of odd) {
        const changed = structuredClone({ ...schema, grid: { ...schema.grid, origin: [0, 0, 0] } });
        const steps = path.split(".");
        const last = steps.pop() as string;
        const parent = steps.reduce<object>((at, step) => Reflect.get(at, step), changed);
        Reflect.set(parent, last, value);
        let bytes: Uint8Array;
        try {
          bytes = encodeDataset(changed as Schema, "id");
        } catch (error) {
          expect(String(error), path).toMatch(/^(Type|Range)Error: Expected `/);
          outcomes.refused++;
          continue;
        }
        expect(decodeDataset(bytes), path).toEqual(changed);
        outcomes.taken++;
      }
    }
    expect(outcomes).toMatchInlineSnapshot(`
      {
        "refused": 574,
        "taken": 64,
      }
    `);
  });
});

test("a grid knows its blocks by their ids", () => {
  const grid = { shape: [10, 20, 8], blockShape: [8, 8, 8] };
  expect(gridLength(grid)).toBe(6);
  const ids = ["0_0_0", "1_0_0", "0_1_0", "1_1_0", "0_2_0", "1_2_0"];
  expect(ids.map((id) => blockNumber(grid, id))).toEqual([0, 1, 2, 3, 4, 5]);
  const others = [
    "2_0_0",
    "0_3_0",
    "0_0_1",
    "-1_0_0",
    "-0_0_0",
    "0_0",
    "0_0_0_0",
    "00_0_0",
    "0_0_",
    " 0_0_0",
  ];
  expect(others.filter((id) => blockNumber(grid, id) !== undefined)).toEqual([]);
});

const pointer = fc.record({
  offset: fc.nat({ max: 2 ** 40 }),
  size: fc.nat(),
  rows: fc.nat(131_072),
  crc: fc.nat(2 ** 32 - 1),
  codecs: fc.nat(2 ** 20),
});

test("a row group's pointer comes back", () => {
  fc.assert(
    fc.property(pointer, (value) => {
      expect(decodeGroupPointer(encodeGroupPointer(value))).toEqual(value);
    }),
  );
});

describe("fences", () => {
  test("come back", () => {
    const fence = fc
      .tuple(pointer, fc.bigInt(0n, 2n ** 64n - 1n), fc.boolean(), fc.nat(9))
      .map(([at, first, continued, file]): Fence => ({ ...at, first, continued, file }));
    fc.assert(
      fc.property(fc.array(fence), (list) => {
        const sorted = list.toSorted((a, b) => (a.first < b.first ? -1 : 1));
        expect(decodeFences(encodeFences(sorted))).toEqual(sorted);
      }),
    );
  });

  test("lead to every leaf that holds a label, and to one more at the most", () => {
    const leaves = fc.array(fc.array(fc.bigInt(0n, 12n), { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(leaves, fc.bigInt(0n, 13n), (shape, label) => {
        const labels = shape.flat().sort((a, b) => Number(a - b));
        const sorted = shape.map((leaf) => labels.splice(0, leaf.length));
        const fences = sorted.map((leaf, i) => ({
          ...{ offset: 0, size: 0, rows: 0, crc: 0, codecs: 0, file: 0 },
          first: leaf[0] as bigint,
          continued: i > 0 && sorted[i - 1]?.at(-1) === leaf[0],
        }));
        const [start, end] = findFences(fences, label);
        const holders = sorted.flatMap((leaf, i) => (leaf.includes(label) ? [i] : []));
        for (const holder of holders) expect(start <= holder && holder < end).toBe(true);
        expect(end - start).toBeLessThanOrEqual(Math.max(1, holders.length));
      }),
    );
  });
});
