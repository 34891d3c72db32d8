import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, decodeFences, type Fence, findFences } from "@pocaduck/format";
import { expect, test } from "vitest";
import { buildRoot } from "../src/build/root.ts";
import { scratch } from "./made-job.ts";

test("up to 1,500 leaves are told of in the root itself, which stays below 32 KB", () => {
  using folder = scratch();
  const path = join(folder.path, "root.bin");
  const fences = makeFences(1500);
  const { root, rootPages } = buildRoot(fences, path);
  expect(rootPages).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  expect(decodeFences(root)).toEqual(fences);
  expect(root.length).toBeLessThan(32 << 10);
});

test("more are told of in pages, through which each label leads to the same leaves", () => {
  using folder = scratch();
  const fences = makeFences(5000);
  const { root, rootPages } = buildRoot(fences, join(folder.path, "root.bin"));
  const pages = decodeFences(root);
  expect(pages.map(({ rows }) => rows)).toEqual([2048, 2048, 904]);
  const bytes = readFileSync(String(rootPages));
  const inPages = (label: bigint): Fence[] => {
    const found = pages.slice(...findFences(pages, label)).flatMap(({ offset, size, crc }) => {
      const page = bytes.subarray(offset, offset + size);
      expect(crc32(page)).toBe(crc);
      return decodeFences(page);
    });
    return found.slice(...findFences(found, label));
  };
  const labels = fences.flatMap(({ first }) => [first - 1n, first, first + 1n]);
  for (const label of [...labels, 2n ** 64n - 1n]) {
    expect(inPages(label)).toEqual(fences.slice(...findFences(fences, label)));
  }
});

/** Leaves in which a label often fills several, also from one page to the next. */
function makeFences(count: number): Fence[] {
  const fences: Fence[] = [];
  let first = 720575940000000000n;
  let offset = 4;
  for (let at = 0; at < count; at++) {
    const continued = at > 0 && (at % 7 < 3 || (at >= 2046 && at < 2051));
    if (!continued) first += 30_000n * BigInt(1 + (at % 500));
    const size = 50_000 + ((at * 7919) % 9000);
    fences.push({ first, continued, file: 0, offset, size, rows: 8192, crc: at, codecs: 0b1111 });
    offset += size;
  }
  return fences;
}
