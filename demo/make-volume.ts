import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { Neuropil } from "./neuropil.ts";
import { Random } from "./random.ts";

const size = 256;
const chunk = 64;
const resolutionNm = 8;

/** Writes a made-up piece of neuropil as OME-Zarr: 256³ `uint64` labels, the same for the same seed. */
export async function makeVolume(dir: string, seed = 1): Promise<void> {
  const random = new Random(seed);
  const neuropil = new Neuropil(size, random);
  for (let i = 0; i < 6; i++) neuropil.grow(random.between(8, 12), 8, "inside");
  for (let i = 0; i < 60; i++) neuropil.grow(random.between(4, 7), 6, "side");
  for (let i = 0; i < 900; i++) neuropil.grow(random.between(2, 4), 3, "side");
  for (let i = 0; i < 2; i++) neuropil.swell();
  await writeGroup(dir);
  await writeArray(join(dir, "0"), neuropil.cells, makeLabels(random));
}

/** A label for each process. Half are beyond 2^53, a quarter beyond 2^63, and the very ends occur. */
function makeLabels(random: Random): BigUint64Array {
  const labels = BigUint64Array.from({ length: 65_536 }, (_, cell) => {
    if (cell === 0) return 0n;
    if (cell % 4 === 1) return 720_575_940_000_000_000n + (random.bits64() >> 31n);
    if (cell % 4 === 2) return (2n ** 63n) | random.bits64();
    return random.bits64() >> 40n;
  });
  labels.set([2n ** 64n - 1n, 2n ** 53n + 1n, 2n ** 63n], 4);
  return labels;
}

async function writeGroup(dir: string): Promise<void> {
  const space = (name: string) => ({ name, type: "space", unit: "nanometer" });
  const scale = [resolutionNm, resolutionNm, resolutionNm];
  const multiscale = {
    name: "neuropil",
    axes: [space("z"), space("y"), space("x")],
    datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale }] }],
  };
  await writeJson(join(dir, "zarr.json"), {
    zarr_format: 3,
    node_type: "group",
    attributes: { ome: { version: "0.5", multiscales: [multiscale], "image-label": {} } },
  });
}

async function writeArray(dir: string, cells: Uint16Array, labels: BigUint64Array): Promise<void> {
  await writeJson(join(dir, "zarr.json"), {
    zarr_format: 3,
    node_type: "array",
    shape: [size, size, size],
    data_type: "uint64",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [chunk, chunk, chunk] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [
      { name: "bytes", configuration: { endian: "little" } },
      { name: "zstd", configuration: { level: 1, checksum: true } },
    ],
    attributes: {},
    dimension_names: ["z", "y", "x"],
  });
  const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };
  const count = size / chunk;
  for (let i = 0; i < count ** 3; i++) {
    const [cz, cy, cx] = [Math.floor(i / count ** 2), Math.floor(i / count) % count, i % count];
    const path = join(dir, "c", String(cz), String(cy), String(cx));
    await mkdir(dirname(path), { recursive: true });
    const bytes = cut(cells, labels, cx * chunk, cy * chunk, cz * chunk);
    await writeFile(path, zstdCompressSync(bytes, { params }));
  }
}

/** One chunk, as bytes of its labels. */
function cut(
  cells: Uint16Array,
  labels: BigUint64Array,
  x0: number,
  y0: number,
  z0: number,
): Uint8Array {
  const words = new Uint32Array(labels.buffer);
  const out = new Uint32Array(2 * chunk ** 3);
  let to = 0;
  for (let z = z0; z < z0 + chunk; z++) {
    for (let y = y0; y < y0 + chunk; y++) {
      const row = (z * size + y) * size;
      for (let x = x0; x < x0 + chunk; x++) {
        const cell = cells[row + x] as number;
        out[to++] = words[cell * 2] as number;
        out[to++] = words[cell * 2 + 1] as number;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(value, undefined, 2));
}
