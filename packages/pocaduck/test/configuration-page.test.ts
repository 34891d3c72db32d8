import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settings, variableOf } from "../src/config/settings.ts";

const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");

test("the page of settings has a row for each, and for nothing else", () => {
  const [, table = ""] = /<!-- settings -->\n(.*)<!-- \/settings -->/s.exec(page) ?? [];
  const rows = Object.entries(settings).map(
    ([name, { type, about }]) => `| \`${name}\` | \`${variableOf(name)}\` | ${type} | ${about} |`,
  );
  expect(table.trim().split("\n").slice(2)).toEqual(rows);
});

test("the page names every scheme that is opened without a registration", () => {
  for (const scheme of ["file:", "s3:", "gs:", "https:"]) expect(page).toContain(`\`${scheme}//`);
});
