import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeEnvelope,
  decodeLz4Block,
  encodeEnvelope,
  encodeLz4Block,
  gunzip,
  gzip,
  isLabelmapError,
} from "../src/index.ts";

const content = fc.uint8Array({ maxLength: 2000 });
const compression = fc.constantFrom("none" as const, "gzip" as const, "lz4" as const);

test("what is put in an envelope comes out of it", async () => {
  await fc.assert(
    fc.asyncProperty(content, compression, fc.boolean(), async (bytes, compression, checksum) => {
      const envelope = await encodeEnvelope(bytes, { compression, checksum });
      expect(await decodeEnvelope(envelope)).toEqual(bytes);
    }),
  );
});

test("a flipped bit under a checksum is corrupt", async () => {
  const envelope = await encodeEnvelope(Uint8Array.of(1, 2, 3), {
    compression: "none",
    checksum: true,
  });
  envelope[6] = 9;
  await expect(decodeEnvelope(envelope)).rejects.toMatchObject({ code: "corrupt" });
});

test("an LZ4 length of 0 says that nothing is compressed", async () => {
  expect(await decodeEnvelope(Uint8Array.of(0x80, 0, 0, 0, 0, 7, 8))).toEqual(Uint8Array.of(7, 8));
});

test("Snappy and JPEG are unsupported, an empty envelope corrupt", async () => {
  await expect(decodeEnvelope(Uint8Array.of(1 << 5))).rejects.toMatchObject({
    code: "unsupported",
  });
  await expect(decodeEnvelope(Uint8Array.of(5 << 5))).rejects.toMatchObject({
    code: "unsupported",
  });
  await expect(decodeEnvelope(new Uint8Array())).rejects.toMatchObject({ code: "corrupt" });
});

test("no more is held than the limit allows", async () => {
  const bytes = new Uint8Array(1e6);
  const envelope = await encodeEnvelope(bytes, { compression: "gzip" });
  await expect(decodeEnvelope(envelope, { maxSize: 1000 })).rejects.toMatchObject({
    code: "too-large",
  });
  const claim = Uint8Array.of(0x80, 0xff, 0xff, 0xff, 0x7f, 0x10);
  await expect(decodeEnvelope(claim)).rejects.toMatchObject({ code: "corrupt" });
});

test("an LZ4 match may overlap what it writes", () => {
  const block = Uint8Array.of(0x2f, 1, 2, 2, 0, 255, 0, 0x10, 3);
  const bytes = decodeLz4Block(block, 2 + 274 + 1);
  expect(bytes.subarray(0, 5)).toEqual(Uint8Array.of(1, 2, 1, 2, 1));
  expect(bytes.subarray(-2)).toEqual(Uint8Array.of(2, 3));
  const alike = Uint8Array.from({ length: 600 }, (_, at) => at);
  expect(decodeLz4Block(encodeLz4Block(alike), 600)).toEqual(alike);
});

test("random bytes give bytes or the typed error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.nat(7), async (bytes, format) => {
      if (bytes.length > 0) bytes[0] = format << 5;
      const failed = (error: unknown): Uint8Array => {
        if (isLabelmapError(error)) return new Uint8Array();
        throw error;
      };
      await decodeEnvelope(bytes, { maxSize: 1e5 }).catch(failed);
      try {
        decodeLz4Block(bytes, 300);
      } catch (error) {
        failed(error);
      }
    }),
    { numRuns: 500 },
  );
});

test("what is no gzip stream, or a cut one, is corrupt", async () => {
  const whole = await encodeEnvelope(new Uint8Array(100), { compression: "gzip" });
  await expect(gunzip(Uint8Array.of(1, 2, 3), 10)).rejects.toMatchObject({ code: "corrupt" });
  await expect(gunzip(whole.subarray(1, -9), 1000)).rejects.toMatchObject({ code: "corrupt" });
});

test("a gzip stream may have several members", async () => {
  const [first, second] = await Promise.all([gzip(Uint8Array.of(1)), gzip(Uint8Array.of(2, 3))]);
  const both = Uint8Array.from([...first, ...second]);
  expect(await gunzip(both, 10)).toEqual(Uint8Array.of(1, 2, 3));
});
