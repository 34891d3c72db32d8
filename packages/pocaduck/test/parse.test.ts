import { expect, expectTypeOf, test } from "vitest";
import { defineCommand } from "../src/cli/command.ts";
import { parse } from "../src/cli/parse.ts";
import { parseChoice, parseInteger, parseLabel } from "../src/cli/parse-value.ts";

const command = defineCommand({
  arguments: ["dataset", "labels..."],
  options: {
    output: { type: "string", short: "o", value: "file", about: "where to" },
    publish: { type: "boolean", about: "publish at the end" },
    box: { type: "string", multiple: true, about: "a box" },
  },
  async run({ args, options }) {
    expectTypeOf(args).toEqualTypeOf<{ dataset: string; labels: string[] }>();
    expectTypeOf(options).toEqualTypeOf<{ output?: string; publish?: boolean; box?: string[] }>();
  },
});

test("arguments and options are taken in any order", () => {
  const words = ["-o", "cloud.npy", "fly", "--no-publish", "1", "--box", "a", "2", "--box=b"];
  expect(parse("points", command, words)).toEqual({
    args: { dataset: "fly", labels: ["1", "2"] },
    options: { output: "cloud.npy", publish: false, box: ["a", "b"] },
  });
});

test("what stands after -- is never an option", () => {
  const { args } = parse("points", command, ["fly", "--", "--output"]);
  expect(args).toEqual({ dataset: "fly", labels: ["--output"] });
});

test("an argument that is missing is named", () => {
  expect(() => parse("points", command, ["fly"])).toThrow("<labels> is missing");
});

test("an option without its value is an error", () => {
  expect(() => parse("points", command, ["fly", "1", "--output"])).toThrow("argument missing");
});

test("--help asks for no argument", () => {
  expect(parse("points", command, ["--help"]).options).toEqual({ help: true });
});

test("a label is exact over all of uint64", () => {
  expect(parseLabel("<label>", "18446744073709551615")).toBe(2n ** 64n - 1n);
  for (const text of ["18446744073709551616", "-1", "1e3", "0x1", "", " 1", "1.0"]) {
    expect(() => parseLabel("<label>", text)).toThrow(`got "${text}"`);
  }
});

test("a number keeps to its bounds", () => {
  expect(parseInteger("--workers", "8", 1, 64)).toBe(8);
  for (const text of ["0", "65", "2.5", "", "many"]) {
    expect(() => parseInteger("--workers", text, 1, 64)).toThrow(
      `expected --workers to be a whole number from 1 to 64, got "${text}"`,
    );
  }
});

test("a choice is one of its words", () => {
  expect(parseChoice("--points", "all", ["all", "surface"])).toBe("all");
  expect(() => parseChoice("--points", "some", ["all", "surface"])).toThrow("all, surface");
});
