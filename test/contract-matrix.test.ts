import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storeContract } from "../packages/storage/src/testing/index.ts";

const matrix = readFileSync(join(import.meta.dirname, "../bench/contract.md"), "utf8");

test("the matrix of the contract is of its cases today, and all hold (npm run bench -- contract)", () => {
  const [, table = ""] = /^\| case .*\n\|-.*\n((?:\|.*\n)+)/m.exec(matrix) ?? [];
  const rows = table.trim().split("\n").slice(0, -1);
  expect(rows.map((row) => row.split(" | ")[0]?.slice(2))).toEqual(
    storeContract.map(({ name }) => name),
  );
  expect(matrix).not.toContain("FAILS");
});
