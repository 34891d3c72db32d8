import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const documents = globSync(["*.md", "{docs,bench,packages/*}/*.md"], { cwd: root });

test("the README has at most 120 lines, and what contributors read at most 100", () => {
  expect(lines("README.md")).toBeLessThanOrEqual(120);
  expect(lines("CONTRIBUTING.md")).toBeLessThanOrEqual(100);
});

test.each(documents)("%s links to files that exist", (document) => {
  const links = Array.from(read(document).matchAll(/\]\(([^)#\s]+)/g), ([, link = ""]) => link);
  const local = links.filter((link) => !/^\w+:/.test(link));
  const missing = local.filter((link) => !existsSync(join(root, dirname(document), link)));
  expect(missing).toEqual([]);
});

function read(document: string): string {
  return readFileSync(join(root, document), "utf8");
}

function lines(document: string): number {
  return read(document).trimEnd().split("\n").length;
}
