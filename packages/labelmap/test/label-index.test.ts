import fc from "fast-check";
import { expect, test } from "vitest";
import {
  countVoxels,
  decodeEnvelope,
  decodeLabelIndex,
  decodeLabelIndices,
  encodeEnvelope,
  encodeLabelIndex,
  encodeLabelIndices,
  isLabelmapError,
  type LabelIndex,
} from "../src/index.ts";
import { shared, sharedJson } from "./shared.ts";

const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const counts = fc.uniqueArray(fc.tuple(id, fc.nat(2 ** 31)), { selector: ([key]) => key });
const block = fc.record({ counts: counts.map((list) => new Map(list)), surfaceMutationId: id });
const blocks = fc.uniqueArray(fc.tuple(id, block), { selector: ([key]) => key, maxLength: 8 });
const labelIndex: fc.Arbitrary<LabelIndex> = fc.record({
  label: id,
  blocks: blocks.map((list) => new Map(list)),
  lastMutationId: id,
  lastModified: fc.constantFrom("", "2026-06-22T10:00:00Z"),
  lastModifiedBy: fc.string({ unit: "grapheme" }),
  lastModifiedWith: fc.string(),
});

test("an index is read as it was written, alone and among others", () => {
  fc.assert(
    fc.property(fc.array(labelIndex, { maxLength: 4 }), (indices) => {
      expect(decodeLabelIndices(encodeLabelIndices(indices))).toEqual(indices);
      for (const index of indices) expect(decodeLabelIndex(encodeLabelIndex(index))).toEqual(index);
    }),
  );
});

test.skipIf(!shared)("the recorded index comes out of its envelope (needs ../shared)", async () => {
  type Vector = { label: string; protobufHex: string; storedRecordHex: string };
  const { labelIndex: vector } = sharedJson<{ labelIndex: Vector }>("dvid-vectors.json");
  const protobuf = Uint8Array.from(Buffer.from(vector.protobufHex, "hex"));
  const stored = Uint8Array.from(Buffer.from(vector.storedRecordHex, "hex"));
  expect(await decodeEnvelope(stored)).toEqual(protobuf);
  expect(await encodeEnvelope(protobuf, { compression: "lz4" })).toEqual(stored);
  const index = decodeLabelIndex(protobuf);
  const supervoxels = new Map([[52011980226n, 7963]]);
  expect(index.label).toBe(52011980226n);
  expect(index.blocks.get(13194143727618n)?.counts).toEqual(supervoxels);
  expect(encodeLabelIndex(index)).toEqual(protobuf);
});

test("the size of a body may pass 2^32", () => {
  const bytes = new Map([[1n, 2 ** 32 - 1]]);
  const entry = { counts: bytes, surfaceMutationId: 0n };
  const index = {
    ...decodeLabelIndex(new Uint8Array()),
    blocks: new Map([
      [0n, entry],
      [1n, entry],
    ]),
  };
  expect(countVoxels(index)).toBe(2n ** 33n - 2n);
});

test("fields it does not know are skipped", () => {
  const known = [0x10, 7];
  const unknown = [0x78, 1, 0x7a, 2, 0, 0, 0x79, 0, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0, 0, 0, 0];
  expect(decodeLabelIndex(Uint8Array.from([...unknown, ...known])).label).toBe(7n);
});

test("random and bit-flipped bytes give an index or the typed error", () => {
  const flipped = fc.tuple(labelIndex, fc.nat()).map(([index, seed]) => {
    const bytes = encodeLabelIndex(index);
    const bit = bytes.length === 0 ? 0 : seed % (8 * bytes.length);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), flipped), (bytes) => {
      try {
        decodeLabelIndex(bytes);
        return true;
      } catch (error) {
        return isLabelmapError(error, "corrupt");
      }
    }),
    { numRuns: 2000 },
  );
});
