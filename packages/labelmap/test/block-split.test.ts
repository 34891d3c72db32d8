import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBlock, encodeBlock, joinBlock, splitBlock } from "../src/index.ts";
import { volumes } from "./block-cases.ts";

test("a block is split and joined again bit for bit, with what trails it", () => {
  fc.assert(
    fc.property(volumes, fc.uint8Array({ maxLength: 9 }), ({ shape, voxels }, trailing) => {
      const bytes = Uint8Array.from([...encodeBlock(voxels, { shape }), ...trailing]);
      const { labels, rest } = splitBlock(bytes);
      expect(rest.length).toBe(bytes.length - 8 * labels.length);
      expect(joinBlock(labels, rest)).toEqual(bytes);
    }),
  );
});

test("another table gives the mapped block", () => {
  fc.assert(
    fc.property(volumes, ({ shape, voxels }) => {
      const { labels, rest } = splitBlock(encodeBlock(voxels, { shape }));
      const mapped = joinBlock(
        labels.map((label) => label / 2n),
        rest,
      );
      expect(decodeBlock(mapped).voxels).toEqual(voxels.map((label) => label / 2n));
    }),
  );
});

test("a solid block leaves 16 bytes", () => {
  const bytes = encodeBlock(new BigUint64Array(512).fill(3n), { shape: [8, 8, 8] });
  expect(splitBlock(bytes).rest.length).toBe(16);
});

test("a table of another length is corrupt", () => {
  const { rest } = splitBlock(encodeBlock(new BigUint64Array(512), { shape: [8, 8, 8] }));
  expect(() => joinBlock(new BigUint64Array(2), rest)).toThrow("needs 1 labels, got 2");
  expect(() => joinBlock(new BigUint64Array(1), rest.subarray(1))).toThrow(
    "needs 16 bytes, has 15",
  );
});
