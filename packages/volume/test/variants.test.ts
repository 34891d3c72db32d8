import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openVolume } from "../src/index.ts";
import { Objects } from "./made.ts";

interface Variant {
  about: string;
  type: "uint8" | "uint16" | "uint32" | "uint64";
  objects: Record<string, string>;
}

const file = new URL("fixtures/zarr-variants.json", import.meta.url);
const variants: Variant[] = JSON.parse(readFileSync(file, "utf8"));

test.for(variants)("zarr-python's $about is exact", async ({ type, objects: bodies }) => {
  const objects = new Objects();
  for (const [key, body] of Object.entries(bodies)) {
    objects.bodies.set(key, Uint8Array.from(Buffer.from(body, "base64")));
  }
  const volume = await openVolume(objects);
  expect(volume).toMatchObject({ shape: [9, 5, 7], type });
  const factor = type === "uint64" ? 2n ** 56n + 1n : 1n;
  const fill = 2n ** BigInt(type.slice(4)) - 1n;
  const { data } = await volume.readBlock(volume.grid([9, 5, 7]).at(0, 0, 0));
  const expected: bigint[] = [];
  for (let z = 0; z < 7; z++) {
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 9; x++) {
        const base = Math.floor(x / 2) + 3 * Math.floor(y / 2) + 5 * Math.floor(z / 3);
        expected.push(x < 4 ? BigInt(base) * factor : fill);
      }
    }
  }
  expect([...data].map(BigInt)).toEqual(expected);
});
