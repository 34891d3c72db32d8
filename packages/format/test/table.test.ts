import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Column,
  type ColumnData,
  isFormatError,
  newArray,
  numericTypes,
  RowGroup,
  TableWriter,
} from "../src/index.ts";

describe("a numeric column", () => {
  test.for([...numericTypes])("of %s comes back from any range of rows", (type) => {
    const column: Column = { name: "c", type };
    const rows = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(), fc.nat(), (count, seed, a, b) => {
        const values = newArray(type, count);
        fillAtRandom(values, seed);
        const { bytes, pointer } = write([column], count, [values]);
        const group = new RowGroup([column], bytes, pointer, "k");
        const [start, end] = [a % (count + 1), b % (count + 1)].sort((p, q) => p - q) as [
          number,
          number,
        ];
        const target = newArray(type, (end - start) * 3 + 1);
        group.numbers(0, start, end, target, 1, 3);
        // Byte by byte: a number would lose the payload of a NaN.
        const width = target.BYTES_PER_ELEMENT;
        const got = Buffer.alloc((end - start) * width);
        for (let i = 0; i < end - start; i++) {
          got.set(new Uint8Array(target.buffer, (1 + i * 3) * width, width), i * width);
        }
        expect(got.equals(Buffer.from(values.slice(start, end).buffer))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

test("deltas of every width come back, whole, in part and from the end of a page", () => {
  const column: Column = { name: "c", type: "int32" };
  const rows = 2 * 8192 + 1000;
  for (let width = 0; width <= 32; width++) {
    const noise = new Int32Array(rows);
    fillAtRandom(noise, 77 + width);
    let sum = 0;
    // Deltas of 0 and of all bits are in each miniblock, so that none is narrower.
    const deltas = noise.map((word, i) => (i % 8 < 2 ? -(i % 8) : word) & lowBits(width));
    const values = deltas.map((delta) => (sum += delta));
    const { bytes, pointer } = write([column], rows, [values]);
    const group = new RowGroup([column], bytes, pointer, "k");
    for (const [start, end] of [
      [0, rows],
      [1, 33],
      [40, 8600],
      [8600, rows],
      [rows - 1, rows],
    ] as const) {
      const target = new Int32Array(end - start);
      group.numbers(0, start, end, target);
      expect(target, `${width} bits, rows ${start} to ${end}`).toEqual(values.subarray(start, end));
    }
  }
});

test("coordinates are compressed from the first row group on, or not at all where it gains little", () => {
  const column: Column = { name: "c", type: "int32" };
  const noise = new Int32Array(20_000);
  for (let i = 1; i < noise.length; i++) {
    noise[i] = Math.imul(noise[i - 1] as number, 1664525) + 1013904223;
  }
  const steps = Int32Array.from(noise, (_, i) => i % 100);
  const writer = new TableWriter([column]);
  for (const values of [noise, noise, steps]) {
    const group = writer.writeGroup(values.length, [values]);
    const bytes = new Uint8Array(Buffer.concat(group.parts)).slice(-group.pointer.size);
    const target = new Int32Array(values.length);
    new RowGroup([column], bytes, group.pointer, "k").numbers(0, 0, values.length, target);
    expect(target).toEqual(values);
  }
  // The third is of another kind, but is not tried so soon.
  expect(writer.groups.codecs).toEqual([0, 0, 0]);
  expect(new TableWriter([column]).writeGroup(steps.length, [steps]).pointer.codecs).toBe(1);
});

describe("a dictionary column", () => {
  const text = { name: "t", type: "string" } as const;

  test("gives its runs over any range of rows", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 9000 })), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.nat(),
        fc.nat(),
        (pairs, a, b) => {
          const texts = ["", "a", "é", "12_7_3", "x".repeat(1000), "🧠"].map(encode);
          const ids = Int32Array.from(pairs, ([id]) => id);
          const counts = Int32Array.from(pairs, ([, count]) => count);
          const all = pairs.flatMap(([id, count]) => Array<number>(count).fill(id));
          const rows = all.length;
          const data = [{ ids, texts, counts, length: pairs.length }];
          const { bytes, pointer } = write([text], rows, data);
          const group = new RowGroup([text], bytes, pointer, "k");
          const [start, end] = [a % (rows + 1), b % (rows + 1)].sort((p, q) => p - q) as [
            number,
            number,
          ];
          const runs = group.runs(0, start, end);
          const dictionary = group.dictionaryTexts(0);
          const got = Array.from(runs.entries.subarray(0, runs.length)).flatMap((entry, run) => {
            const value = Buffer.from(dictionary[entry] as Uint8Array).toString();
            return Array<string>(runs.counts[run] as number).fill(value);
          });
          const wanted = all.slice(start, end).map((id) => Buffer.from(texts[id] ?? []).toString());
          expect(got.length).toBe(wanted.length);
          expect(got.every((value, i) => value === wanted[i])).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("of labels as runs equals the same labels value by value", () => {
    const label = { name: "label", type: "uint64" } as const;
    const values = BigUint64Array.of(0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n);
    const counts = Int32Array.of(1, 10_000, 2, 7);
    const rows = 10_010;
    const { bytes, pointer } = write([label], rows, [{ values, counts, length: 4 }]);
    const target = new BigUint64Array(rows);
    new RowGroup([label], bytes, pointer, "k").numbers(0, 0, rows, target);
    const spread = Array.from(values).flatMap((value, i) =>
      Array<bigint>(counts[i] ?? 0).fill(value),
    );
    expect(target).toEqual(BigUint64Array.from(spread));
  });
});

test("a row group read into a Buffer, which shares its memory with others, comes back as well", () => {
  const column: Column = { name: "c", type: "uint64" };
  const { bytes, pointer } = write([column], 2, [new BigUint64Array([7n, 2n ** 64n - 1n])]);
  const pool = Buffer.alloc(bytes.length + 24, 1);
  pool.set(bytes, 8);
  const group = new RowGroup([column], pool.subarray(8, 8 + bytes.length), pointer, "k");
  const target = new BigUint64Array(2);
  group.numbers(0, 0, 2, target);
  expect([...target]).toEqual([7n, 2n ** 64n - 1n]);
});

describe("a damaged row group", () => {
  const columns: Column[] = [
    { name: "label", type: "uint64" },
    { name: "x", type: "int32" },
  ];
  const { bytes, pointer } = write(columns, 300, [
    BigUint64Array.from({ length: 300 }, (_, i) => BigInt(i >> 3)),
    Int32Array.from({ length: 300 }, (_, i) => (i * 7919) % 1000),
  ]);

  test("is found out, whichever byte is flipped", () => {
    for (let at = 0; at < bytes.length; at++) {
      const bad = bytes.slice();
      bad[at] = (bad[at] as number) ^ (1 << (at % 8));
      expect(() => new RowGroup(columns, bad, pointer, "k"), `byte ${at}`).toThrow(/CRC-32/);
    }
  });

  test("is found out when it is cut short", () => {
    expect(() => new RowGroup(columns, bytes.subarray(1), pointer, "k")).toThrow(/bytes/);
  });

  test("never hangs or escapes as another error, even with a CRC that fits", async () => {
    const { crc32 } = await import("../src/crc32.ts");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const bad = bytes.slice();
        bad[at] = byte;
        const target = new Int32Array(300);
        try {
          const group = new RowGroup(columns, bad, { ...pointer, crc: crc32(bad) }, "k");
          group.numbers(1, 0, 300, target);
          group.numbers(0, 0, 300, new BigUint64Array(300));
        } catch (error) {
          expect(isFormatError(error, "corrupt")).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function write(columns: Column[], rows: number, data: ColumnData[]) {
  const writer = new TableWriter(columns);
  const { parts, pointer } = writer.writeGroup(rows, data);
  return { bytes: new Uint8Array(Buffer.concat(parts)).subarray(4), pointer };
}

function lowBits(width: number): number {
  return width === 0 ? 0 : -1 >>> (32 - width);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function fillAtRandom(values: ArrayBufferView, seed: number): void {
  const bytes = new Uint8Array(values.buffer);
  let state = seed | 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    // Some runs, some noise: both kinds of page come up.
    bytes[i] = i % 1024 < 512 ? state >>> 16 : seed;
  }
}
