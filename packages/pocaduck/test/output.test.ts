import { StoreError } from "@pocaduck/storage";
import { expect, test } from "vitest";
import { CommandError, exitCodeOf } from "../src/cli/exit-codes.ts";
import { toJson } from "../src/cli/output.ts";
import { printable } from "../src/cli/printable.ts";
import { startProgress } from "../src/cli/progress.ts";

test("JSON holds a bigint as digits and a typed array as a list", () => {
  const value = {
    label: 2n ** 64n - 1n,
    positions: Int32Array.of(-1, 2),
    ids: BigUint64Array.of(5n),
  };
  expect(toJson(value)).toBe('{"label":"18446744073709551615","positions":[-1,2],"ids":["5"]}');
});

test("an error's code decides the exit code, whatever package it is from", () => {
  const coded = (code: string) => exitCodeOf(Object.assign(new Error("no"), { code }));
  expect([
    coded("corrupt"),
    coded("invalid-metadata"),
    coded("conflict"),
    coded("forbidden"),
  ]).toEqual([4, 4, 5, 6]);
  expect(exitCodeOf(new CommandError("no", "notFound"))).toBe(3);
  expect(coded("unsupported")).toBe(4);
  expect(exitCodeOf(new StoreError("unsupported", "key", "no"))).toBe(6);
  expect(exitCodeOf(new DOMException("no", "AbortError"))).toBe(130);
});

test("progress is drawn on a terminal only", () => {
  const drawn: string[] = [];
  const write = (text: string) => drawn.push(text);
  startProgress({ write }, "ingest", 8).at(4);
  expect(drawn).toEqual([]);
  startProgress({ write, isTTY: true, columns: 60 }, "ingest", 8).at(4, "block 4");
  expect(drawn).toEqual([expect.stringContaining("ingest  ████████████░░░░░░░░░░░░ 50 %")]);
});

test("nothing that a terminal obeys is printed, whoever put it there", () => {
  expect(printable("a\u001b[31mred\u0007\r\n\tb\u009b é 🧠")).toBe(
    "a\\x1b[31mred\\x07\\x0d\n\tb\\x9b é 🧠",
  );
});
