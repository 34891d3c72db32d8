import { resolve } from "node:path";
import { LocalStore } from "@pocaduck/storage-local";
import { describe, expect, test } from "vitest";
import { openVolume, type Triple } from "../src/index.ts";
import {
  byLabel,
  digestLabels,
  digestVolume,
  golden,
  noGolden,
  readTruth,
  type Truth,
} from "./golden.ts";

interface SmallTruth {
  sha256_zyx_C_order_uint64le: string;
  each_label: Truth[];
}

interface BigTruth {
  sha256_volume: { zyx_C_order_uint32le: string };
  small_random: Truth[];
}

const small: [name: string, truth: "volume" | "holes" | "bigendian_subcrop"][] = [
  ["v2-zstd", "volume"],
  ["v2-blosc-lz4", "volume"],
  ["v2-blosc-zstd", "volume"],
  ["v2-gzip-dot", "volume"],
  ["v2-zlib-forder", "volume"],
  ["v2-raw-bigendian", "bigendian_subcrop"],
  ["v2-zstd-holes", "holes"],
  ["v3-zstd", "volume"],
  ["v3-gzip-crc", "volume"],
  ["v3-blosc", "volume"],
  ["v3-sharded-zstd", "volume"],
  ["v3-sharded-gzip-v2key", "volume"],
  ["v3-sharded-index-start", "volume"],
  ["v3-sharded-zstd-holes", "holes"],
];

describe.skipIf(noGolden)(
  "volumes that zarr-python and cloud-volume wrote (needs ../shared)",
  () => {
    test.for(small)("every label of %s is exact", async ([name, variant]) => {
      const truth = readTruth<Record<string, SmallTruth>>("small-uint64/truth.json")[variant];
      const volume = await openVolume(new LocalStore(golden), {
        path: `small-uint64/${name}.zarr`,
      });
      expect(await digestVolume(volume, [1, 1, 13])).toBe(truth?.sha256_zyx_C_order_uint64le);
      const labels = await digestLabels(volume, volume.grid());
      expect(byLabel(labels)).toEqual(byLabel(truth?.each_label ?? []));
    });

    test.for(["seg-zarr2", "seg-zarr3-sharded"])(
      "%s is exact",
      { timeout: 60_000 },
      async (name) => {
        const truth = readTruth<BigTruth>("truth.json");
        const volume = await openVolume(new LocalStore(resolve(golden, `${name}.zarr`)));
        expect(await digestVolume(volume, [1, 1, 64])).toBe(
          truth.sha256_volume.zyx_C_order_uint32le,
        );
        const labels = truth.small_random.map(({ label }) => BigInt(label));
        const found = await digestLabels(volume, volume.grid(), labels);
        expect(byLabel(found)).toEqual(byLabel(truth.small_random));
      },
    );

    test.for(["precomputed-u64", "precomputed-u64-gz"])(
      "every label of %s is exact",
      async (name) => {
        const truth = readTruth<Record<string, SmallTruth>>("small-uint64/truth.json").volume;
        const volume = await openVolume(new LocalStore(golden), { path: `small-uint64/${name}` });
        expect(volume.origin).toEqual([300, 37, 201]);
        expect(volume.axes[2]).toEqual({ name: "z", unit: "nm", resolution: 40, offset: 0 });
        expect(await digestVolume(volume, [1, 1, 13])).toBe(truth?.sha256_zyx_C_order_uint64le);
        const labels = await digestLabels(volume, volume.grid(), undefined, volume.origin);
        expect(byLabel(labels)).toEqual(byLabel(truth?.each_label ?? []));
      },
    );

    test.for(["crop256-precomputed", "crop256-precomputed-gz"])("%s is exact", async (name) => {
      const truth = readTruth<BigTruth>("truth-crop256.json");
      const volume = await openVolume(new LocalStore(golden), { path: name });
      expect(await digestVolume(volume, [1, 1, 64])).toBe(truth.sha256_volume.zyx_C_order_uint32le);
      const labels = truth.small_random.map(({ label }) => BigInt(label));
      const found = await digestLabels(volume, volume.grid(), labels);
      expect(byLabel(found)).toEqual(byLabel(truth.small_random));
    });

    test("blocks need not fit the chunks", async () => {
      const truth = readTruth<Record<string, SmallTruth>>("small-uint64/truth.json").volume;
      const path = "small-uint64/v3-sharded-zstd.zarr";
      const volume = await openVolume(new LocalStore(golden), { path });
      for (const blockShape of [
        [17, 200, 31],
        [100, 1, 50],
      ] satisfies Triple[]) {
        const labels = await digestLabels(volume, volume.grid(blockShape));
        expect(byLabel(labels)).toEqual(byLabel(truth?.each_label ?? []));
      }
    });
  },
);
