import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { openVolume, type Triple, type Volume, VolumeError } from "../src/index.ts";
import { crc32c } from "../src/zarr/crc32c.ts";
import { makeZarr, Objects } from "./made.ts";

const zyx = (z: number, y: number, x: number) => 1 + x + 10 * y + 100 * z;

test("axes are x, y, z whatever the order of the array", async () => {
  const cases: [names: unknown, shape: number[], expected: Triple][] = [
    [undefined, [2, 3, 4], [4, 3, 2]],
    [
      ["z", "y", "x"],
      [2, 3, 4],
      [4, 3, 2],
    ],
    [
      ["x", "y", "z"],
      [2, 3, 4],
      [2, 3, 4],
    ],
    [
      ["Y", "Z", "X"],
      [2, 3, 4],
      [4, 2, 3],
    ],
    [
      [null, null, null],
      [2, 3, 4],
      [4, 3, 2],
    ],
    [
      ["row", "column"],
      [3, 4],
      [4, 3, 1],
    ],
    [
      ["y", "x"],
      [3, 4],
      [4, 3, 1],
    ],
    [
      ["c", "z", "y", "x"],
      [1, 2, 3, 4],
      [4, 3, 2],
    ],
    [
      ["x", "y", "z", "channel"],
      [2, 3, 4, 1],
      [2, 3, 4],
    ],
    [undefined, [1, 1, 2, 3, 4], [4, 3, 2]],
    [undefined, [5], [5, 1, 1]],
  ];
  for (const [names, shape, expected] of cases) {
    let at = 0;
    const label = () => ++at;
    const metadata = names === undefined ? {} : { dimension_names: names };
    const volume = await openVolume(makeZarr({ shape, chunks: shape, label, metadata }));
    expect(volume.shape, String(names)).toEqual(expected);
    const { data } = await volume.readBlock(volume.grid().at(0, 0, 0));
    expect(data).toHaveLength(at);
    expect(new Set(data as Uint32Array).size).toBe(at);
  }
  const transposed = await openVolume(
    makeZarr({
      shape: [4, 3, 2],
      chunks: [3, 2, 2],
      label: (x, y, z) => zyx(z ?? 0, y ?? 0, x ?? 0),
      metadata: { dimension_names: ["x", "y", "z"] },
    }),
  );
  expect(await labelsOf(transposed)).toEqual([
    [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24],
    [101, 102, 103, 104, 111, 112, 113, 114, 121, 122, 123, 124],
  ]);
});

test("every type of label, in both orders of bytes, transposed and not", async () => {
  for (const type of ["uint8", "uint16", "uint32", "uint64"] as const) {
    const size = Number(type.slice(4)) / 8;
    for (const endian of ["little", "big"]) {
      for (const order of [undefined, [2, 1, 0], [1, 2, 0]]) {
        const codecs = [
          ...(order ? [{ name: "transpose", configuration: { order } }] : []),
          { name: "bytes", configuration: { endian } },
        ];
        const objects = makeZarr({
          shape: [2, 3, 4],
          chunks: [2, 3, 4],
          type,
          label: zyx,
          metadata: { codecs },
          encode(bytes) {
            const [n0, n1, n2] = [2, 3, 4];
            const out = new Uint8Array(bytes.length);
            const axes = order ?? [0, 1, 2];
            const shape = [n0, n1, n2];
            let to = 0;
            const place = [0, 0, 0];
            for (let i = 0; i < 24; i++) {
              let rest = i;
              for (const axis of [...axes].reverse()) {
                place[axis] = rest % (shape[axis] ?? 1);
                rest = Math.floor(rest / (shape[axis] ?? 1));
              }
              const [a = 0, b = 0, c = 0] = place;
              const item = bytes.slice(((a * n1 + b) * n2 + c) * size).subarray(0, size);
              out.set(endian === "big" ? item.reverse() : item, to);
              to += size;
            }
            return out;
          },
        });
        const volume = await openVolume(objects);
        expect(volume.type).toBe(type);
        const [first, second] = await labelsOf(volume);
        expect(first).toEqual([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]);
        expect(second).toEqual([101, 102, 103, 104, 111, 112, 113, 114, 121, 122, 123, 124]);
      }
    }
  }
});

test("a chunk that is not stored holds the fill value, to the last bit", async () => {
  for (const [type, fill] of [
    ["uint64", 2n ** 64n - 1n],
    ["uint64", 2n ** 53n + 1n],
    ["uint32", 2n ** 32n - 1n],
    ["uint8", 7n],
  ] as const) {
    const objects = makeZarr({ shape: [3, 3, 3], chunks: [2, 2, 2], type, label: () => 1 });
    const metadata = new TextDecoder().decode(objects.bodies.get("zarr.json"));
    const filled = metadata.replace('"fill_value":0', `"fill_value":${fill}`);
    objects.bodies.set("zarr.json", new TextEncoder().encode(filled));
    objects.bodies.delete("c/1/0/0");
    const volume = await openVolume(objects);
    const { data } = await volume.readBlock(volume.grid([3, 3, 3]).at(0, 0, 0));
    const labels = [...data].map(BigInt);
    expect(labels.slice(18)).toEqual([fill, fill, 1n, fill, fill, 1n, 1n, 1n, 1n]);
    expect(labels.slice(0, 18).every((label) => label === 1n)).toBe(true);
  }
});

test("an array without axes is one voxel, under each name that its chunk can have", async () => {
  const label = Uint8Array.of(7);
  const v2Keys = { chunk_key_encoding: { name: "v2" } };
  const v3 = { shape: [], chunks: [], type: "uint8" as const, label: () => 7 };
  const made: [string, Objects][] = [
    ["c", makeZarr(v3)],
    ["0", makeZarr({ ...v3, metadata: v2Keys })],
    [
      "0",
      new Objects().json(".zarray", {
        ...{ zarr_format: 2, shape: [], chunks: [], dtype: "|u1", compressor: null },
        ...{ fill_value: 0, order: "C", filters: null },
      }),
    ],
  ];
  for (const [key, objects] of made) {
    objects.bodies.set(key, label);
    const volume = await openVolume(objects);
    expect(volume.shape).toEqual([1, 1, 1]);
    expect((await volume.readBlock(volume.grid().at(0, 0, 0))).data).toEqual(label);
  }
});

test("OME-Zarr 0.4 and 0.5 give scales, units and offsets", async () => {
  const image = {
    axes: [
      { name: "c", type: "channel" },
      { name: "z", type: "space", unit: "nanometer" },
      { name: "y", type: "space", unit: "nanometer" },
      { name: "x", type: "space", unit: "parsec" },
    ],
    datasets: [
      { path: "s0", coordinateTransformations: [{ type: "scale", scale: [1, 40, 8, 4] }] },
      {
        path: "s1",
        coordinateTransformations: [
          { type: "scale", scale: [1, 40, 16, 8] },
          { type: "translation", translation: [0, 0, 4, 2] },
        ],
      },
    ],
    coordinateTransformations: [
      { type: "scale", scale: [1, 2, 2, 2] },
      { type: "translation", translation: [0, 100, 0, 0] },
    ],
  };
  const make = (objects: Objects) => {
    makeZarr({ path: "cells/s0", shape: [1, 2, 4, 6], chunks: [1, 2, 2, 2] }, objects);
    return makeZarr({ path: "cells/s1", shape: [1, 2, 2, 3], chunks: [1, 2, 2, 2] }, objects);
  };
  const v05 = make(new Objects()).json("cells/zarr.json", {
    zarr_format: 3,
    node_type: "group",
    attributes: { ome: { version: "0.5", multiscales: [image] } },
  });
  const v04 = make(new Objects())
    .json("cells/.zgroup", { zarr_format: 2 })
    .json("cells/.zattrs", { multiscales: [{ ...image, version: "0.4" }] });
  for (const objects of [v04, v05]) {
    const fine = await openVolume(objects, { path: "/cells/" });
    expect(fine.shape).toEqual([6, 4, 2]);
    expect(fine.axes).toEqual([
      { name: "x", unit: "parsec", resolution: 8, offset: 0 },
      { name: "y", unit: "nm", resolution: 16, offset: 0 },
      { name: "z", unit: "nm", resolution: 80, offset: 100 },
    ]);
    for (const scale of [1, "s1"]) {
      const coarse = await openVolume(objects, { path: "cells", scale });
      expect(coarse.shape).toEqual([3, 2, 2]);
      expect(coarse.axes.map(({ resolution, offset }) => [resolution, offset])).toEqual([
        [16, 4],
        [32, 8],
        [80, 100],
      ]);
    }
    for (const scale of [3, "s0"]) {
      await expect(openVolume(objects, { path: "cells/s0", scale })).rejects.toThrow(
        "Expected `scale` to be 0, since this is one array, got",
      );
    }
    await expect(openVolume(objects, { path: "cells", scale: 2 })).rejects.toThrow(
      'Expected `scale` to be one of 0 ("s0"), 1 ("s1"), got 2',
    );
  }
});

test("each thing that cannot be opened has its own error", async () => {
  const codec = (name: string) => ({
    codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name }],
  });
  const sharded = (configuration: object) => ({
    codecs: [
      {
        name: "sharding_indexed",
        configuration: {
          chunk_shape: [1, 1, 1],
          codecs: [{ name: "bytes" }],
          index_codecs: [{ name: "bytes", configuration: { endian: "little" } }],
          ...configuration,
        },
      },
    ],
  });
  const cases: [metadata: Record<string, unknown>, code: string, reason: RegExp][] = [
    [{ data_type: "float32" }, "unsupported", /data_type "float32"; labels are uint8/],
    [{ data_type: "int64" }, "unsupported", /data_type "int64"/],
    [{ data_type: "bool" }, "unsupported", /data_type "bool"/],
    [{ data_type: { name: "struct" } }, "unsupported", /data_type {"name":"struct"}/],
    [codec("numcodecs.lzma"), "unsupported", /needs the codec "lzma"/],
    [codec("pcodec"), "unsupported", /needs the codec "pcodec", which is not supported/],
    [sharded({ codecs: [{ name: "zfp" }] }), "unsupported", /needs the codec "zfp"/],
    [
      sharded({ index_codecs: [{ name: "gzip" }] }),
      "unsupported",
      /shard index codec {"name":"gzip"/,
    ],
    [sharded({ chunk_shape: [2, 2, 3] }), "invalid-metadata", /inner chunk_shape \[2,2,3\]/],
    [sharded({ index_location: "middle" }), "invalid-metadata", /index_location "middle"/],
    [sharded({ codecs: sharded({}).codecs }), "unsupported", /shards inside a codec chain/],
    [{ shape: undefined }, "invalid-metadata", /has shape missing/],
    [{ shape: [2, 0, 2] }, "unsupported", /has no voxels: along x, y and z it is 2 × 0 × 2/],
    [{ shape: [2, -1, 2] }, "invalid-metadata", /has shape \[2,-1,2\]/],
    [{ codecs: undefined }, "invalid-metadata", /has codecs missing/],
    [{ fill_value: undefined }, "invalid-metadata", /has fill_value missing/],
    [{ fill_value: "NaN" }, "invalid-metadata", /has fill_value "NaN"/],
    [{ fill_value: 2 ** 32 }, "invalid-metadata", /has fill_value 4294967296/],
    [{ node_type: "thing" }, "invalid-metadata", /is not the metadata of a Zarr 3 array or group/],
    [{ chunk_grid: { name: "rectilinear" } }, "unsupported", /chunk_grid "rectilinear"/],
    [
      { chunk_grid: { name: "regular", configuration: { chunk_shape: [0, 2, 2] } } },
      "invalid-metadata",
      /chunk_shape \[0,2,2\]/,
    ],
    [
      { chunk_grid: { name: "regular", configuration: { chunk_shape: [4096, 4096, 64] } } },
      "unsupported",
      /chunks of 4294967296 bytes/,
    ],
    [{ chunk_key_encoding: { name: "hash" } }, "unsupported", /chunk_key_encoding "hash"/],
    [{ storage_transformers: [{}] }, "unsupported", /storage_transformers/],
    [{ dimension_names: ["t", "y", "x"] }, "unsupported", /has 2 entries along axis "t"/],
    [{ dimension_names: ["y", "x"] }, "invalid-metadata", /axis names \["y","x"\]/],
    [{ shape: [2, 2, 2 ** 31 + 2] }, "unsupported", /x runs over \[0, 2147483650\)/],
  ];
  for (const [metadata, code, reason] of cases) {
    const objects = makeZarr({ path: "a", shape: [2, 2, 2], chunks: [2, 2, 2], metadata });
    await expect(openVolume(objects, { path: "a" })).rejects.toThrow(reason);
    await expect(openVolume(objects, { path: "a" })).rejects.toMatchObject({
      name: "VolumeError",
      code,
    });
  }
});

test("a path without a volume says what is there instead", async () => {
  const objects = makeZarr({ path: "a/0", shape: [1, 1, 1], chunks: [1, 1, 1] })
    .json("a/zarr.json", { zarr_format: 3, node_type: "group" })
    .json("gone/.zattrs", { multiscales: [{ datasets: [{ path: "s0" }] }] })
    .json("list/zarr.json", [])
    .json("lossy/.zarray", {
      ...{ zarr_format: 2, shape: [1], chunks: [1], dtype: "<u4", order: "C", fill_value: 0 },
      filters: [{ id: "delta", dtype: "<u4", astype: "<u2" }],
    })
    .json("labels/.zattrs", { labels: ["cells", "nuclei"] })
    .json("old/.zarray", { zarr_format: 2, shape: [1], dtype: "<f4" });
  objects.bodies.set("torn/zarr.json", new TextEncoder().encode('{"zarr_format": 3, "sha'));
  const cases: [path: string, code: string, reason: RegExp][] = [
    ["b", "not-found", /"b": there is no Zarr array or group here, and no neuro/],
    ["", "not-found", /^there is no Zarr array or group here/],
    [
      "a",
      "unsupported",
      /"a\/zarr.json": is a Zarr group but no OME-Zarr image; it may hold arrays/,
    ],
    ["labels", "unsupported", /it may hold the label images "cells", "nuclei"; name one/],
    ["gone", "not-found", /"gone\/.zgroup": has no Zarr array at "s0"/],
    ["torn", "invalid-metadata", /"torn\/zarr.json": is not JSON/],
    ["list", "invalid-metadata", /"list\/zarr.json": is not a JSON object/],
    ["lossy", "unsupported", /"lossy\/.zarray": has the filter {"id":"delta","dtype":"<u4"/],
    ["old", "unsupported", /"old\/.zarray": has dtype "<f4"; labels are uint8/],
  ];
  for (const [path, code, reason] of cases) {
    await expect(openVolume(objects, { path })).rejects.toThrow(reason);
    await expect(openVolume(objects, { path })).rejects.toMatchObject({ code });
  }
});

test("a damaged chunk is an error that names it, never zeros", async () => {
  const bytes = { name: "bytes", configuration: { endian: "little" } };
  const raw = (body: Uint8Array) => body;
  const withCrc = (body: Uint8Array) => {
    const sum = new Uint8Array(Uint32Array.of(crc32c(body)).buffer);
    return Uint8Array.from([...body, ...sum]);
  };
  const cases: [codecs: object[], encode: (body: Uint8Array) => Uint8Array][] = [
    [[bytes], raw],
    [[bytes, { name: "gzip" }], (body) => gzipSync(body)],
    [[bytes, { name: "zstd" }], (body) => zstdCompressSync(body)],
    [[bytes, { name: "crc32c" }], withCrc],
    [[bytes, { name: "gzip" }, { name: "crc32c" }], (body) => withCrc(gzipSync(body))],
  ];
  for (const [codecs, encode] of cases) {
    const made = { shape: [4, 4, 4], chunks: [4, 4, 4], metadata: { codecs }, label: zyx, encode };
    const whole = makeZarr(made).bodies.get("c/0/0/0") ?? new Uint8Array();
    const read = async (body: Uint8Array) => {
      const objects = makeZarr(made);
      objects.bodies.set("c/0/0/0", body);
      const volume = await openVolume(objects);
      return volume.readBlock(volume.grid().at(0, 0, 0));
    };
    const { data } = await read(whole);
    expect(data[63]).toBe(334);
    for (let length = 0; length < whole.length; length++) {
      const error: unknown = await read(whole.slice(0, length)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(VolumeError);
      expect(error).toMatchObject({ code: "corrupt", key: "c/0/0/0" });
    }
    // What follows a whole gzip member or zstd frame goes unread, and takes nothing away.
    if (!/gzip|zstd/.test(JSON.stringify(codecs))) {
      const longer = Uint8Array.from([...whole, 1, 2, 3, 4]);
      await expect(read(longer)).rejects.toMatchObject({ code: "corrupt" });
    }
    if (!JSON.stringify(codecs).includes("crc32c")) continue;
    for (let i = 0; i < whole.length; i++) {
      const flipped = whole.slice();
      flipped[i] = (flipped[i] ?? 0) ^ 16;
      await expect(read(flipped)).rejects.toMatchObject({ code: "corrupt" });
    }
  }
});

/** The labels of each plane. */
async function labelsOf(volume: Volume): Promise<number[][]> {
  const [nx, ny, nz] = volume.shape;
  const { data } = await volume.readBlock(volume.grid(volume.shape).at(0, 0, 0));
  const labels = [...data].map(Number);
  return Array.from({ length: nz }, (_, z) => labels.slice(z * nx * ny, (z + 1) * nx * ny));
}
