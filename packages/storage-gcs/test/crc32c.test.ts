import { expect, test } from "vitest";
import { crc32c, crcText } from "../src/crc32c.ts";

const text = new TextEncoder().encode("123456789 and some more, to fill eight bytes twice");

test("the checksum is that of the specification, and of any pieces one after the other", () => {
  expect(crc32c(text.subarray(0, 9)).toString(16)).toBe("e3069283");
  expect(crcText(crc32c(new Uint8Array(32)))).toBe("ipE2qg==");
  for (let at = 0; at <= text.length; at++) {
    expect(crc32c(text.subarray(at), crc32c(text.subarray(0, at)))).toBe(crc32c(text));
  }
});
