import { Binary, Field, Schema, tableFromArrays, tableToIPC, Utf8 } from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchDecoder, decodeEncapsulatedSchema } from "../src/decode-batch.ts";
import { encapsulateSchema, encodeBatch, encodeSchema } from "../src/encode-batch.ts";
import { type FlightBatch, isFlightError } from "../src/index.ts";
import { blockRows, blockSchema, told } from "./block-rows.ts";

const encoded = encodeBatch(blockSchema, blockRows(0, 11, 37));
const body = Uint8Array.from(encoded.body.flatMap((part) => [...part]));

test("a body is read at any alignment, and its blobs are views of it", () => {
  for (let shift = 0; shift < 8; shift++) {
    const moved = new Uint8Array(body.byteLength + shift).subarray(shift);
    moved.set(body);
    const batch = decode(encoded.header, moved);
    expect(told(batch ? [batch] : [])).toEqual(told([blockRows(0, 11, 37)]));
    expect(batch?.getChild("block")?.get(3).buffer).toBe(moved.buffer);
  }
});

test("bit flips in header or body give rows or the package's own error", () => {
  const both = fc.record({
    inHeader: fc.boolean(),
    at: fc.nat(),
    bit: fc.integer({ min: 0, max: 7 }),
  });
  fc.assert(
    fc.property(fc.array(both, { minLength: 1, maxLength: 4 }), (flips) => {
      const copy = { header: Uint8Array.from(encoded.header), body: Uint8Array.from(body) };
      for (const { inHeader, at, bit } of flips) {
        const part = inHeader ? copy.header : copy.body;
        part[at % part.byteLength] = (part[at % part.byteLength] ?? 0) ^ (1 << bit);
      }
      attempt(() => decode(copy.header, copy.body)?.toArray().length);
    }),
    { numRuns: 2000 },
  );
});

test("random bytes as a header, a body or a schema give only that error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      attempt(() => decode(noise, body));
      attempt(() => decode(encoded.header, noise));
      attempt(() => decodeEncapsulatedSchema(noise));
    }),
  );
});

test("a batch needs a schema before it, and only one", () => {
  expect(() => new BatchDecoder().decode(encoded.header, body)).toThrow(
    "a batch before the schema",
  );
  const decoder = new BatchDecoder();
  decoder.decode(encodeSchema(blockSchema));
  expect(() => decoder.decode(encodeSchema(blockSchema))).toThrow("a second schema");
});

test("a buffer outside the body is told with both numbers", () => {
  expect(() => decode(encoded.header, body.subarray(0, 100))).toThrow(
    /a buffer ends at \d+, the body at 100/,
  );
});

test("an encapsulated schema is read with its mark and without", () => {
  const schema = new Schema([
    new Field("a", new Utf8(), true),
    new Field("b", new Binary(), false),
  ]);
  const marked = encapsulateSchema(schema);
  expect(marked.byteLength % 8).toBe(0);
  expect(String(decodeEncapsulatedSchema(marked))).toBe(String(schema));
  expect(String(decodeEncapsulatedSchema(marked.subarray(4)))).toBe(String(schema));
  const stream = tableToIPC(tableFromArrays({ n: Int32Array.of(1) }), "stream");
  expect(decodeEncapsulatedSchema(stream).fields.map(({ name }) => name)).toEqual(["n"]);
});

function decode(header: Uint8Array, from: Uint8Array): ReturnType<BatchDecoder["decode"]> {
  const decoder = new BatchDecoder();
  decoder.decode(encodeSchema(blockSchema));
  return decoder.decode(header, from);
}

function attempt(run: () => FlightBatch | number | Schema | undefined): void {
  try {
    run();
  } catch (error) {
    if (!isFlightError(error, "corrupt", "unsupported")) throw error;
  }
}
