import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockSet } from "../src/block-set.ts";

const grid = { shape: [80, 50, 300_000], blockShape: [10, 10, 1] };
const inside = fc.tuple(fc.nat(7), fc.nat(4), fc.nat(299_999)).map((numbers) => numbers.join("_"));

test("a set of blocks has what was added, and nothing else", () => {
  const block = fc.oneof(inside, fc.string());
  fc.assert(
    fc.property(fc.array(block), fc.array(block), fc.boolean(), (added, asked, gridded) => {
      const blocks = new BlockSet(gridded ? grid : undefined);
      const expected = new Set<string>();
      for (const each of added) {
        blocks.add(each);
        expected.add(each);
        expect(blocks.size).toBe(expected.size);
      }
      for (const each of [...added, ...asked]) expect(blocks.has(each)).toBe(expected.has(each));
    }),
  );
});

test("neighbours do not stand for each other", () => {
  const blocks = new BlockSet(grid);
  for (let number = 0; number < 8; number += 2) blocks.add(`${number}_4_299999`);
  for (let number = 0; number < 8; number++) {
    expect(blocks.has(`${number}_4_299999`)).toBe(number % 2 === 0);
  }
  expect(blocks.size).toBe(4);
});
