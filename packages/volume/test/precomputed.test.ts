import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { LocalStore } from "@pocaduck/storage-local";
import { describe, expect, test } from "vitest";
import { openVolume, VolumeError } from "../src/index.ts";
import { golden, noGolden } from "./golden.ts";
import { Objects } from "./made.ts";

const scale = {
  key: "8_8_8",
  size: [5, 3, 2],
  voxel_offset: [-2, 10, 0],
  chunk_sizes: [[4, 4, 4]],
  resolution: [8, 8, 30.5],
  encoding: "raw",
};
const info = { type: "segmentation", data_type: "uint16", num_channels: 1, scales: [scale] };
const sharding = {
  "@type": "neuroglancer_uint64_sharded_v1",
  preshift_bits: 0,
  minishard_bits: 0,
  shard_bits: 0,
  hash: "identity",
};
const left = "seg/8_8_8/-2-2_10-13_0-2";
const right = "seg/8_8_8/2-3_10-13_0-2";

test("raw chunks are cut at the end of the volume, plain or packed", async () => {
  const labels = Uint16Array.from({ length: 24 }, (_, i) => i + 1);
  for (const [ending, pack] of [
    ["", (bytes: Uint8Array) => bytes],
    ["", gzipSync],
    [".gz", gzipSync],
  ] as const) {
    const objects = new Objects().json("seg/info", info);
    objects.bodies.set(left + ending, pack(new Uint8Array(labels.buffer)));
    const volume = await openVolume(objects, { path: "seg" });
    expect(volume).toMatchObject({ origin: [-2, 10, 0], shape: [5, 3, 2], type: "uint16" });
    expect(volume.axes.map(({ resolution }) => resolution)).toEqual([8, 8, 30.5]);
    const block = volume.grid([5, 3, 2]).at(0, 0, 0);
    expect(block.start).toEqual([-2, 10, 0]);
    const { data } = await volume.readBlock(block);
    const rows = Array.from({ length: 6 }, (_, i) => [...data.subarray(i * 5, i * 5 + 5)]);
    expect(rows[0]).toEqual([1, 2, 3, 4, 0]);
    expect(rows[5]).toEqual([21, 22, 23, 24, 0]);
  }
});

test("a raw chunk of the right size is not taken for gzip", async () => {
  const objects = new Objects().json("seg/info", info);
  const body = Uint8Array.from({ length: 12 }, (_, i) => [0x1f, 0x8b][i] ?? 0);
  objects.bodies.set(right, body);
  const volume = await openVolume(objects, { path: "seg" });
  const { data } = await volume.readBlock(volume.grid([4, 3, 2]).at(1, 0, 0));
  expect([...data]).toEqual([0x8b1f, 0, 0, 0, 0, 0]);
});

test("a raw chunk of another size is an error that names it", async () => {
  for (const length of [0, 1, 47, 49]) {
    const objects = new Objects().json("seg/info", info);
    objects.bodies.set(left, new Uint8Array(length));
    const volume = await openVolume(objects, { path: "seg" });
    await expect(volume.readBlock(volume.grid([4, 3, 2]).at(0, 0, 0))).rejects.toThrow(
      `"${left}": cannot be decoded: needs 48 bytes, has ${length}`,
    );
  }
});

test("each fault of an info has its own error", async () => {
  const cases: [change: object, scaleChange: object, code: string, reason: RegExp][] = [
    [{ data_type: "float32" }, {}, "unsupported", /data_type "float32"; labels are/],
    [{ num_channels: 3 }, {}, "unsupported", /has 3 channels/],
    [{ scales: "none" }, {}, "invalid-metadata", /scales "none"/],
    [{}, { encoding: "jpeg" }, "unsupported", /encoding "jpeg"/],
    [{}, { encoding: "compressed_segmentation" }, "invalid-metadata", /block_size missing/],
    [{}, { size: [5, 3] }, "invalid-metadata", /size \[5,3\]/],
    [{}, { chunk_sizes: [] }, "invalid-metadata", /chunk_sizes missing/],
    [{}, { chunk_sizes: [[4096, 4096, 4096]] }, "unsupported", /chunks of 137438953472 bytes/],
    [{}, { sharding: {} }, "unsupported", /sharding of type undefined/],
    [{}, { sharding: { ...sharding, hash: "md5" } }, "unsupported", /hash "md5"/],
    [
      {},
      { sharding: { ...sharding, minishard_bits: 40 } },
      "invalid-metadata",
      /minishard_bits 40/,
    ],
    [{}, { resolution: [8, 8, 0] }, "invalid-metadata", /resolution \[8,8,0\]/],
    [{}, { voxel_offset: [2 ** 31, 0, 0] }, "unsupported", /x runs over \[2147483648, /],
  ];
  for (const [change, scaleChange, code, reason] of cases) {
    const scales = [{ ...scale, ...scaleChange }];
    const objects = new Objects().json("seg/info", { ...info, scales, ...change });
    await expect(openVolume(objects, { path: "seg" })).rejects.toThrow(reason);
    await expect(openVolume(objects, { path: "seg" })).rejects.toMatchObject({ code });
  }
  const objects = new Objects().json("seg/info", info);
  await expect(openVolume(objects, { path: "seg", scale: "4_4_4" })).rejects.toThrow(
    'Expected `scale` to be one of 0 ("8_8_8"), got "4_4_4"',
  );
});

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));

test.for(["identity-gzip", "murmur-raw", "one-shard"])(
  "every voxel of shards that tensorstore wrote is exact: %s",
  async (name) => {
    const store = new LocalStore(fixtures);
    const volume = await openVolume(store, { path: `sharded-${name}` });
    expect(volume).toMatchObject({ origin: [100, 0, 7], shape: [37, 33, 20], type: "uint64" });
    for (const block of volume.grid([16, 40, 5])) {
      const { data, start, shape } = await volume.readBlock(block);
      const expected = new BigUint64Array(data.length);
      let i = 0;
      for (let z = start[2] - 7; z < start[2] - 7 + shape[2]; z++) {
        for (let y = start[1]; y < start[1] + shape[1]; y++) {
          for (let x = start[0] - 100; x < start[0] - 100 + shape[0]; x++, i++) {
            if (Math.floor(x / 8) + Math.floor(y / 8) === 4) continue;
            const low = 1 + Math.floor(x / 3) + 100 * Math.floor(y / 5);
            expected[i] = BigInt(low) + 2n ** 60n * BigInt(Math.floor(z / 4));
          }
        }
      }
      expect(data).toEqual(expected);
    }
  },
);

test("a damaged shard gives labels or a corrupt error, and nothing else", async () => {
  for (const name of ["identity-gzip", "murmur-raw", "one-shard"]) {
    const read = (path: string) =>
      new Uint8Array(readFileSync(resolve(fixtures, `sharded-${name}`, path)));
    const whole = read("8_8_8/0.shard");
    const readAll = async (body: Uint8Array) => {
      const objects = new Objects();
      objects.bodies.set("info", read("info"));
      objects.bodies.set("8_8_8/0.shard", body);
      const volume = await openVolume(objects);
      for (const block of volume.grid([64, 64, 64])) await volume.readBlock(block);
    };
    for (let length = 0; length < whole.length; length += 97) {
      const error: unknown = await readAll(whole.slice(0, length)).catch((e: unknown) => e);
      expect(error).toMatchObject({ name: "VolumeError", code: "corrupt", key: "8_8_8/0.shard" });
    }
    for (let bit = 0; bit < whole.length * 8; bit += bit < 512 ? 3 : 1009) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const error: unknown = await readAll(flipped).catch((e: unknown) => e);
      if (error !== undefined)
        expect(error).toMatchObject({ name: "VolumeError", code: "corrupt" });
    }
  }
});

describe.skipIf(noGolden)("segmentation that cloud-volume packed (needs ../shared)", () => {
  const root = resolve(golden, "small-uint64/precomputed-u64");
  const chunk = "32_32_40/332-364_69-101_265-278";
  const read = (path: string) => new Uint8Array(readFileSync(resolve(root, path)));

  const labelsOf = async (body: Uint8Array) => {
    const objects = new Objects();
    objects.bodies.set("info", read("info"));
    objects.bodies.set(chunk, body);
    const volume = await openVolume(objects);
    return (await volume.readBlock(volume.grid([32, 32, 32]).at(1, 1, 2))).data;
  };

  test("a chunk that was cut short is found", async () => {
    const whole = read(chunk);
    for (let length = 0; length < whole.length; length += 1 + (length >> 5)) {
      const error: unknown = await labelsOf(whole.slice(0, length)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(VolumeError);
      expect(error).toMatchObject({ code: "corrupt", key: chunk });
    }
  });

  test("a flipped bit gives labels or a corrupt error, and nothing else", async () => {
    const whole = read(chunk);
    let found = 0;
    for (let bit = 0; bit < whole.length * 8; bit += bit < 2048 ? 1 : 397) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result: unknown = await labelsOf(flipped).catch((e: unknown) => e);
      if (result instanceof BigUint64Array) expect(result).toHaveLength(32 * 32 * 13);
      else expect(result).toMatchObject({ name: "VolumeError", code: "corrupt", key: chunk });
      if (result instanceof VolumeError) found++;
    }
    expect(found).toBeGreaterThan(500);
  });
});
