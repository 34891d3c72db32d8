import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeMappingOps,
  encodeMappingOps,
  isLabelmapError,
  LabelMapping,
  MappingReader,
} from "../src/index.ts";

const id = fc.oneof(fc.bigInt({ min: 0n, max: 30n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const pairs = fc.array(fc.tuple(id, id), { maxLength: 300 });

test("a mapping is a Map in which 0 stays 0 and others are themselves", () => {
  fc.assert(
    fc.property(pairs, fc.array(id), (entries, asked) => {
      const mapping = new LabelMapping();
      for (const [supervoxel, body] of entries) mapping.set(supervoxel, body);
      const model = new Map(entries.filter(([supervoxel]) => supervoxel !== 0n));
      expect(mapping.size).toBe(model.size);
      expect(new Map(mapping.entries())).toEqual(model);
      const all = BigUint64Array.from([...asked, ...model.keys()]);
      expect(mapping.map(all)).toEqual(all.map((label) => model.get(label) ?? label));
      for (const label of asked) expect(mapping.get(label)).toBe(model.get(label) ?? label);
      mapping.compact();
      expect(mapping.map(all)).toEqual(all.map((label) => model.get(label) ?? label));
      expect(mapping.supervoxels()).toEqual(BigUint64Array.from(model.keys()).sort());
      // It grows on.
      for (const [supervoxel] of entries) mapping.set((supervoxel >> 1n) + 2n ** 63n, 1n);
      for (const [supervoxel] of entries)
        expect(mapping.get((supervoxel >> 1n) + 2n ** 63n)).toBe(1n);
    }),
  );
});

test.each([1000, 13_000, 100_000])("%d pairs that were read take 22 bytes each", (count) => {
  const pairs = new BigUint64Array(2 * count);
  for (let at = 0; at < count; at++) pairs.set([720575940600000000n + BigInt(at * 7), 9n], 2 * at);
  const reader = new MappingReader();
  reader.push(new Uint8Array(pairs.buffer));
  const mapping = reader.finish();
  expect(mapping.size).toBe(count);
  expect(mapping.byteLength / count).toBeLessThan(22);
  expect(mapping.map(pairs).every((body) => body === 9n)).toBe(true);
});

test("pairs are read however the bytes are cut, and a cut pair is corrupt", () => {
  fc.assert(
    fc.property(pairs, fc.array(fc.nat(40)), (entries, cuts) => {
      const bytes = new Uint8Array(BigUint64Array.from(entries.flat()).buffer);
      const reader = new MappingReader();
      let from = 0;
      for (const cut of cuts) {
        reader.push(bytes.subarray(from, from + cut));
        from += cut;
      }
      reader.push(bytes.subarray(from));
      const model = new Map(entries.filter(([supervoxel]) => supervoxel !== 0n));
      expect(new Map(reader.finish().entries())).toEqual(model);
      reader.push(Uint8Array.of(66, 97, 100));
      expect(() => reader.finish()).toThrow('ends with "Bad"');
    }),
  );
});

test("an error text after the pairs is found, whatever its length", () => {
  const held = new Uint8Array(BigUint64Array.of(5n, 6n, 2n ** 63n + 5n, 2n ** 64n - 2n).buffer);
  const words = "error: cannot read mapping of this version (/api/node/3c7f/seg/mappings).\n";
  for (let length = 1; length <= words.length; length++) {
    for (const pairs of [new Uint8Array(), held]) {
      const text = new TextEncoder().encode(words.slice(-length));
      const whole = new MappingReader();
      whole.push(pairs);
      expect(whole.finish().size).toBe(pairs.length / 16);
      for (const cut of [0, 7, 16]) {
        const reader = new MappingReader();
        const all = Uint8Array.of(...pairs, ...text);
        reader.push(all.subarray(0, cut));
        reader.push(all.subarray(cut));
        expect(() => reader.finish(), `${length} bytes`).toThrow("mapping ends with");
      }
    }
  }
});

test("mapping operations are read as they were written", () => {
  const op = fc.record({ mutationId: id, mapped: id, original: fc.array(id) });
  fc.assert(
    fc.property(fc.array(op, { maxLength: 5 }), (ops) => {
      expect(decodeMappingOps(encodeMappingOps(ops))).toEqual(ops);
    }),
  );
  const unpacked = Uint8Array.of(0x0a, 6, 0x10, 5, 0x18, 7, 0x18, 8);
  expect(decodeMappingOps(unpacked)).toEqual([{ mutationId: 0n, mapped: 5n, original: [7n, 8n] }]);
});

test("random bytes give mapping operations or the typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
      try {
        decodeMappingOps(Uint8Array.from([0x0a, tail.length, ...tail]));
        return true;
      } catch (error) {
        return isLabelmapError(error, "corrupt");
      }
    }),
    { numRuns: 1000 },
  );
});
