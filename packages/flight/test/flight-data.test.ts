import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFlightData, messageParts, ScatteredMessage } from "../src/flight-data.ts";
import { isFlightError } from "../src/index.ts";
import { bytes } from "./block-rows.ts";

const field = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
const message = fc.record(
  {
    descriptor: field,
    header: field,
    metadata: field,
    body: fc.array(fc.uint8Array({ maxLength: 200 })),
  },
  { requiredKeys: [] },
);

test("what was laid out is read back, in whatever parts the body came", () => {
  fc.assert(
    fc.property(message, (given) => {
      const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
      const read = decodeFlightData(new ScatteredMessage(messageParts(data)).concat());
      const body = given.body && Uint8Array.from(given.body.flatMap((part) => [...part]));
      expect(read).toEqual({ ...data, ...(body && { body }) });
    }),
  );
});

test("fields it does not know are skipped, whatever their wire type", () => {
  const known = new ScatteredMessage(messageParts({ metadata: bytes("m") })).concat();
  const unknown = [
    ...[0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 5: varint, 2^64-1
    ...[0x31, 1, 2, 3, 4, 5, 6, 7, 8], // 6: fixed64
    ...[0x3d, 1, 2, 3, 4], // 7: fixed32
    ...[0x42, 2, 9, 9], // 8: bytes
  ];
  const read = decodeFlightData(Uint8Array.from([...unknown, ...known, ...unknown]));
  expect(read).toEqual({ metadata: bytes("m") });
});

test("a length beyond 2^32 is refused and does not wrap", () => {
  const lies = Uint8Array.from([0x12, 0x81, 0x80, 0x80, 0x80, 0x10, 0]);
  expect(() => decodeFlightData(lies)).toThrow("needs 4294967303 bytes, message has 7");
});

test("any bytes give a message or the package's own error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      try {
        decodeFlightData(noise);
      } catch (error) {
        expect(isFlightError(error, "corrupt")).toBe(true);
      }
    }),
  );
});
