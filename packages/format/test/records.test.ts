import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32InScript } from "../src/crc32.ts";
import {
  assertSchema,
  crc32,
  decodeDataset,
  decodeFences,
  decodeGroupPointer,
  encodeDataset,
  encodeFences,
  encodeGroupPointer,
  type Fence,
  findFences,
  gridBlocks,
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

  test.for<[string, Partial<Schema>, RegExp]>([
    ["no axis", { axes: [] }, /1 to 4 axes, got 0/],
    ["five axes", { axes: [..."vwxyz"].map((name) => ({ name })) }, /1 to 4 axes, got 5/],
    ["an axis called label", { axes: [{ name: "label" }] }, /distinct.*"label"/],
    ["two names that differ in case", { attributes: { X: "int8" } }, /distinct.*"X"/],
    ["an attribute with a space", { attributes: { "a b": "int8" } }, /column name.*"a b"/],
    ["an unknown type", { attributes: { a: "int128" as never } }, /attribute a to be int8.*int128/],
    ["a flat grid", { grid: { shape: [1, 2], blockShape: [1, 1] } }, /grid.shape to be 3 sizes/],
  ])("with %s is refused", ([, change, message]) => {
    expect(() => assertSchema({ ...schema, ...change })).toThrow(message);
  });
});

test("a grid's blocks run along the first axis first", () => {
  const grid = { shape: [10, 20, 8], blockShape: [8, 8, 8] };
  expect([...gridBlocks(grid)]).toEqual(["0_0_0", "1_0_0", "0_1_0", "1_1_0", "0_2_0", "1_2_0"]);
  expect(gridLength(grid)).toBe(6);
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
