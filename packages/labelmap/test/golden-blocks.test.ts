import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decodeBlock, encodeBlock, joinBlock, splitBlock, type Triple } from "../src/index.ts";
import { shared, sharedJson } from "./shared.ts";
import { golden, volume } from "./vectors.ts";

type Encoding = { bytes: number; sha256: string; hex?: string };
type Vector = { rawSha256: string; firstEncounter: Encoding; sorted: Encoding };

const recorded = shared ? sharedJson<Record<string, Vector>>("dvid-vectors.json") : {};

describe.skipIf(!shared)("golden blocks (needs ../shared)", () => {
  test.each(Object.entries(golden))("%s is written and read byte for byte", (name, given) => {
    const expected = recorded[name] as Vector;
    const shape: Triple = [given.edge, given.edge, given.edge];
    const voxels = volume(shape, given.label);
    expect(sha256(bytesOf(voxels))).toBe(expected.rawSha256);
    for (const order of ["sorted", "first-encounter"] as const) {
      const bytes = encodeBlock(voxels, { shape, order });
      const encoding = order === "sorted" ? expected.sorted : expected.firstEncounter;
      expect(bytes.length).toBe(encoding.bytes);
      expect(sha256(bytes)).toBe(encoding.sha256);
      if (encoding.hex) expect(Buffer.from(bytes).toString("hex")).toBe(encoding.hex);
      const decoded = decodeBlock(bytes, { shape });
      expect(sha256(bytesOf(decoded.voxels))).toBe(expected.rawSha256);
      const { labels, rest } = splitBlock(bytes);
      expect(sha256(joinBlock(labels, rest))).toBe(encoding.sha256);
    }
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function bytesOf({ buffer, byteOffset, byteLength }: BigUint64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
