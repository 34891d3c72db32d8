import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBlockKey, encodeBlockKey, type Triple } from "../src/index.ts";
import { shared, sharedJson } from "./shared.ts";

test.skipIf(!shared)("keys are those of DVID (needs ../shared)", () => {
  const { blockKeys } = sharedJson<{ blockKeys: { xyz: Triple; key: string }[] }>(
    "dvid-vectors.json",
  );
  expect(blockKeys.map(({ xyz }) => String(encodeBlockKey(xyz)))).toEqual(
    blockKeys.map(({ key }) => key),
  );
  expect(blockKeys.map(({ key }) => decodeBlockKey(BigInt(key)))).toEqual(
    blockKeys.map(({ xyz }) => xyz),
  );
});

test("coordinates come back, whatever their signs", () => {
  const coordinate = fc.integer({ min: -1048575, max: 1048575 });
  fc.assert(
    fc.property(fc.tuple(coordinate, coordinate, coordinate), (block) => {
      expect(decodeBlockKey(encodeBlockKey(block))).toEqual(block);
    }),
  );
});

test("coordinates beyond the range and keys of no coordinates are refused", () => {
  expect(() => encodeBlockKey([0, 1048576, 0])).toThrow(RangeError);
  expect(() => encodeBlockKey([0, 0, 0.5])).toThrow(RangeError);
  expect(() => decodeBlockKey(1n << 20n)).toThrow(expect.objectContaining({ code: "corrupt" }));
  expect(() => decodeBlockKey(1n << 63n)).toThrow(expect.objectContaining({ code: "corrupt" }));
});
