import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countLabels,
  decodeBlock,
  encodeBlock,
  isLabelmapError,
  labelAt,
  type Triple,
} from "../src/index.ts";
import { volumes } from "./block-cases.ts";
import { golden, volume } from "./vectors.ts";

const cube: Triple = [16, 16, 16];
const small = volume(cube, golden.two_plus_five_16?.label ?? (() => 0n));

test("whatever is encoded in either order decodes to itself", () => {
  fc.assert(
    fc.property(volumes, fc.constantFrom("sorted", "first-encounter"), (given, order) => {
      const bytes = encodeBlock(given.voxels, { shape: given.shape, order });
      const decoded = decodeBlock(bytes);
      expect(decoded).toEqual({ ...given, trailing: 0 });
    }),
  );
});

test("a point is looked up, and labels are counted, as the decoded block says", () => {
  fc.assert(
    fc.property(volumes, fc.nat(), ({ shape, voxels }, seed) => {
      const bytes = encodeBlock(voxels, { shape });
      const at = seed % voxels.length;
      const row = Math.floor(at / shape[0]);
      const point: Triple = [at % shape[0], row % shape[1], Math.floor(row / shape[1])];
      expect(labelAt(bytes, point)).toBe(voxels[at]);
      const counts = new Map<bigint, number>();
      for (const label of voxels) counts.set(label, (counts.get(label) ?? 0) + 1);
      expect(countLabels(bytes)).toEqual(counts);
    }),
  );
});

test("every width from 0 to 9 bits is packed and unpacked", () => {
  for (const count of [1, 2, 3, 4, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 256, 257, 511, 512]) {
    const voxels = volume([16, 8, 8], (x, y, z) => BigInt((x + 16 * y + 128 * z) % count) << 40n);
    expect(decodeBlock(encodeBlock(voxels, { shape: [16, 8, 8] })).voxels).toEqual(voxels);
  }
});

test("repeated, unused and missing table entries are read", () => {
  const bytes = encodeBlock(small, { shape: cube });
  const view = new DataView(bytes.buffer);
  view.setBigUint64(16, 7n, true);
  const decoded = decodeBlock(bytes);
  expect(decoded.voxels).toEqual(small.map((label) => (label === 5n ? 7n : label)));
  expect(countLabels(bytes).has(5n)).toBe(false);

  // The last sub-block without an entry: no value, no index, label 0.
  const end = 16 + 8 * 8 + 2 * 8;
  const without = Uint8Array.from([
    ...bytes.subarray(0, end + 4 * 12),
    ...bytes.subarray(end + 4 * 13),
  ]);
  new DataView(without.buffer).setUint16(end - 2, 0, true);
  expect(decodeBlock(without).voxels).toEqual(decoded.voxels);
  expect(labelAt(without, [15, 15, 15])).toBe(0n);
});

test("what follows the block is reported and ignored", () => {
  const bytes = encodeBlock(small, { shape: cube });
  expect(decodeBlock(Uint8Array.from([...bytes, 1, 2, 3]))).toMatchObject({ trailing: 3 });
  const solid = encodeBlock(new BigUint64Array(512), { shape: [8, 8, 8] });
  expect(solid.length).toBe(24);
  expect(decodeBlock(Uint8Array.from([...solid, 9])).trailing).toBe(1);
});

test("an unaligned view of a larger buffer is read", () => {
  const bytes = encodeBlock(small, { shape: cube });
  const padded = new Uint8Array(bytes.length + 3);
  padded.set(bytes, 3);
  expect(decodeBlock(padded.subarray(3)).voxels).toEqual(small);
});

test("decoding into a caller's array allocates no other, and refuses a wrong length", () => {
  const into = new BigUint64Array(4096);
  const bytes = encodeBlock(small, { shape: cube });
  expect(decodeBlock(bytes, { into }).voxels).toBe(into);
  expect(() => decodeBlock(bytes, { into: new BigUint64Array(1) })).toThrow(RangeError);
});

describe("what cannot be a block", () => {
  const bytes = encodeBlock(small, { shape: cube });
  const broken = (offset: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint32(offset, value, true);
    return copy;
  };
  test.each([
    ["nothing", new Uint8Array(), "corrupt"],
    ["no label", broken(12, 0), "corrupt"],
    ["more labels than bytes", broken(12, 2 ** 30), "corrupt"],
    ["more labels than there may be", broken(12, 2 ** 30 + 1), "corrupt"],
    ["no sub-block along an axis", broken(0, 0), "corrupt"],
    ["too many sub-blocks along an axis", broken(0, 129), "corrupt"],
    ["a sub-block of 513 labels", broken(80, 513), "corrupt"],
    ["an index past the table", broken(96, 8), "corrupt"],
    ["no last byte", bytes.subarray(0, -1), "corrupt"],
    ["a value past its labels", broken(bytes.length - 4, 0xffffffff), "corrupt"],
  ] as const)("%s is corrupt", (_, given, code) => {
    expect(() => decodeBlock(given)).toThrow(expect.objectContaining({ code }));
  });

  test("another shape than expected is corrupt, a vast solid one too large", () => {
    expect(() => decodeBlock(bytes, { shape: [64, 64, 64] })).toThrow("expected 64 × 64 × 64");
    const solid = encodeBlock(new BigUint64Array(512), { shape: [8, 8, 8] });
    new Uint32Array(solid.buffer, 0, 3).fill(128);
    expect(() => decodeBlock(solid)).toThrow(expect.objectContaining({ code: "too-large" }));
  });

  test("random and bit-flipped bytes give a block or the typed error", () => {
    const flipped = fc
      .tuple(fc.nat(bytes.length * 8 - 1), fc.nat(bytes.length))
      .map(([bit, end]) => {
        const copy = bytes.slice(0, Math.max(end, bit >> 3) + 1);
        copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
        return copy;
      });
    const random = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(fc.oneof(flipped, random), (given) => {
        try {
          const { voxels, shape } = decodeBlock(given, { maxVoxels: 2 ** 16 });
          return voxels.length === shape[0] * shape[1] * shape[2];
        } catch (error) {
          return isLabelmapError(error, "corrupt", "too-large");
        }
      }),
      { numRuns: 3000 },
    );
  });
});
