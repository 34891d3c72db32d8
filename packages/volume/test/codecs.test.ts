import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { StoreError } from "@pocaduck/storage";
import { describe, expect, test } from "vitest";
import { openVolume } from "../src/index.ts";
import { golden, noGolden } from "./golden.ts";
import { makeZarr, Objects } from "./made.ts";

describe.skipIf(noGolden)("chunks that zarr-python wrote (needs ../shared)", () => {
  test.for([
    ["v2-blosc-lz4", ".zarray", "1/1/0"],
    ["v2-blosc-zstd", ".zarray", "1/1/0"],
    ["v2-zlib-forder", ".zarray", "1/1/0"],
    ["v2-gzip-dot", ".zarray", "1.1.0"],
    ["v3-blosc", "zarr.json", "c/1/1/0"],
  ] as const)("a chunk of %s that was cut short is found", async ([name, metadata, key]) => {
    const read = (path: string) =>
      new Uint8Array(readFileSync(resolve(golden, `small-uint64/${name}.zarr`, path)));
    const whole = read(key);
    const lengths = [0, 1, 15, 16, 17, whole.length >> 1, whole.length - 1];
    for (const length of lengths) {
      const objects = new Objects();
      objects.bodies.set(metadata, read(metadata));
      objects.bodies.set(key, whole.slice(0, length));
      const volume = await openVolume(objects);
      const reading = volume.readBlock(volume.grid([48, 40, 32]).at(0, 1, 1));
      await expect(reading).rejects.toMatchObject({ code: "corrupt", key });
    }
  });
});

test("a chunk that unpacks to more than it may is refused before it fills memory", async () => {
  const { gzipSync, zstdCompressSync } = await import("node:zlib");
  for (const [name, pack] of [
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const) {
    const codecs = [{ name: "bytes", configuration: { endian: "little" } }, { name }];
    const bomb = new Uint8Array(pack(new Uint8Array(64 * 2 ** 20)));
    const objects = makeZarr({
      shape: [2, 2, 2],
      chunks: [2, 2, 2],
      metadata: { codecs },
      encode: () => bomb,
    });
    const volume = await openVolume(objects);
    await expect(volume.readBlock(volume.grid().at(0, 0, 0))).rejects.toThrow(
      '"c/0/0/0": cannot be decoded: Cannot create a Buffer larger than 40 bytes',
    );
  }
});

test("what the store refuses is the store's error", async () => {
  const objects = makeZarr({ shape: [2, 2, 2], chunks: [2, 2, 2] });
  const volume = await openVolume(objects);
  objects.get = async (key) => {
    throw new StoreError("forbidden", key, "permission denied");
  };
  const refused = { name: "StoreError", code: "forbidden", key: "c/0/0/0" };
  await expect(volume.readBlock(volume.grid().at(0, 0, 0))).rejects.toMatchObject(refused);
  await expect(openVolume(objects)).rejects.toMatchObject({ code: "forbidden", key: "zarr.json" });
});
