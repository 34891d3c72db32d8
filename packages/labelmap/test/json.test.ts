import { expect, test } from "vitest";
import { asId, formatIds, parseJson } from "../src/index.ts";

test("an id past 2^53 keeps its every digit", () => {
  const text = '{"maxlabel": 18446744073709551614, "ids": [9007199254740993, 7], "size": 1.5}';
  expect(parseJson(text)).toEqual({
    maxlabel: 18446744073709551614n,
    ids: [9007199254740993n, 7],
    size: 1.5,
  });
  expect(formatIds([9007199254740993n, 7n])).toBe("[9007199254740993,7]");
});

test("only an integer from 0 to 2^64 - 1 is an id", () => {
  expect(asId(7, "label")).toBe(7n);
  expect(asId(2n ** 64n - 1n, "label")).toBe(2n ** 64n - 1n);
  for (const value of [-1, 1.5, 2n ** 64n, "7", null, undefined]) {
    expect(() => asId(value, "label")).toThrow("label is no id");
  }
});

test("what is not JSON is corrupt", () => {
  expect(() => parseJson("{")).toThrow(expect.objectContaining({ code: "corrupt" }));
});
