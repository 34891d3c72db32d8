import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Block,
  openVolume,
  PointFinder,
  type PointOptions,
  type Triple,
  type Volume,
} from "../src/index.ts";
import { makeZarr } from "./made.ts";

/** Few labels, so that neighbours are often equal; 64-bit ones differ in one word only. */
const palettes = {
  uint8: [0n, 1n, 2n, 255n],
  uint16: [0n, 1n, 2n, 65_535n],
  uint32: [0n, 1n, 2n, 2n ** 32n - 1n],
  uint64: [0n, 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 64n - 1n],
};

const size = fc.integer({ min: 1, max: 9 });
const triple = fc.tuple(size, size, size);
const made = fc.record({
  shape: triple,
  chunkShape: triple,
  blockShape: triple,
  type: fc.constantFrom("uint8", "uint16", "uint32", "uint64"),
  cells: fc.array(fc.nat(4), { minLength: 1, maxLength: 400 }),
});
type Made = typeof made extends fc.Arbitrary<infer T> ? T : never;

test("the surfaces of all blocks together are the surface of the whole", async () => {
  await fc.assert(
    fc.asyncProperty(made, async (volume) => {
      const found = await scan(volume, {});
      expect(found).toEqual(bruteForce(volume, surfaceOf(volume)));
    }),
    { numRuns: 300 },
  );
});

test("a selection of all voxels leaves out the background alone", async () => {
  await fc.assert(
    fc.asyncProperty(made, async (volume) => {
      expect(await scan(volume, { select: "all" })).toEqual(bruteForce(volume, () => true));
    }),
  );
});

test("labels and background choose points, not surfaces", async () => {
  await fc.assert(
    fc.asyncProperty(made, fc.subarray([0, 1, 2, 3]), async (volume, chosen) => {
      const palette = palettes[volume.type];
      const labels = chosen.map((i) => palette[i] as bigint);
      const surface = surfaceOf(volume);
      const only = await scan(volume, { labels, background: [] });
      expect(only).toEqual(
        bruteForce(volume, (place, label) => labels.includes(label) && surface(place, label), []),
      );
      const rest = await scan(volume, { background: labels });
      expect(rest).toEqual(
        bruteForce(volume, (place, label) => !labels.includes(label) && surface(place, label), []),
      );
    }),
  );
});

test("a sample does not depend on blocks or their order", async () => {
  await fc.assert(
    fc.asyncProperty(made, triple, fc.nat(9), async (volume, otherShape, seed) => {
      const options = { select: "all", sample: 0.4, seed } as const;
      const once = await scan(volume, options);
      const again = await scan({ ...volume, blockShape: otherShape }, options, true);
      expect(again).toEqual(once);
    }),
  );
});

test("a sample keeps its fraction, of every row and for every seed", async () => {
  const volume = await openVolume(
    makeZarr({ shape: [64, 64, 64], chunks: [64, 64, 64], label: () => 7 }),
  );
  const voxels = await volume.readBlock(volume.grid().at(0, 0, 0));
  for (const sample of [0.001, 0.1, 0.5]) {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const { labels } = new PointFinder({ select: "all", sample, seed }).find(voxels);
      const [mean, deviation] = [64 ** 3 * sample, Math.sqrt(64 ** 3 * sample * (1 - sample))];
      expect(Math.abs(labels.length - mean)).toBeLessThan(5 * deviation);
    }
  }
  const { positions } = new PointFinder({ select: "all", sample: 0.5 }).find(voxels);
  for (const axis of [0, 1, 2]) {
    const counts = new Array(64).fill(0);
    for (let i = axis; i < positions.length; i += 3) counts[positions[i] ?? 0]++;
    expect(Math.max(...counts.map((count) => Math.abs(count - 2048)))).toBeLessThan(160);
  }
  const everything = new PointFinder({ select: "all", sample: 1 }).find(voxels);
  expect(everything.labels.length).toBe(64 ** 3);
});

test("the same seed keeps the same voxels in later versions", async () => {
  const volume = await openVolume(
    makeZarr({ shape: [1, 1, 40], chunks: [1, 1, 40], label: () => 1 }),
  );
  const voxels = await volume.readBlock(volume.grid().at(0, 0, 0));
  const { positions } = new PointFinder({ select: "all", sample: 0.2, seed: 5 }).find(voxels);
  expect(positions.filter((_, i) => i % 3 === 0).join(" ")).toMatchInlineSnapshot(
    `"13 17 26 27 30 32 34 37"`,
  );
});

test("a surface ends where the volume does", async () => {
  const volume = await openVolume(
    makeZarr({ shape: [4, 4, 4], chunks: [2, 2, 2], label: () => 3 }),
  );
  expect(await scanVolume(volume, [...volume.grid([2, 2, 2])], {})).toEqual([]);
});

test("a finder refuses what it cannot do", async () => {
  const volume = await openVolume(makeZarr({ shape: [2, 2, 2], chunks: [2, 2, 2] }));
  const voxels = await volume.readBlock(volume.grid().at(0, 0, 0));
  expect(() => new PointFinder().find(voxels)).toThrow(TypeError);
  for (const options of [
    { sample: 0 },
    { sample: 1.5 },
    { sample: Number.NaN },
    { sample: 0.5, seed: -1 },
    { labels: [-1n] },
    { background: [2n ** 64n] },
  ]) {
    expect(() => new PointFinder(options)).toThrow(RangeError);
  }
});

/** Points as text, in the order of x, then y, then z. */
async function scan(made: Made, options: PointOptions, backwards = false): Promise<string[]> {
  const [nx, ny, nz] = made.shape;
  const [cx, cy, cz] = made.chunkShape;
  const label = (z: number, y: number, x: number) => labelAt(made, [x, y, z]);
  const objects = makeZarr({
    shape: [nz, ny, nx],
    chunks: [cz, cy, cx],
    type: made.type,
    label,
  });
  const volume = await openVolume(objects);
  const blocks = [...volume.grid(made.blockShape)];
  return scanVolume(volume, backwards ? blocks.reverse() : blocks, options);
}

async function scanVolume(
  volume: Volume,
  blocks: Iterable<Block>,
  options: PointOptions,
): Promise<string[]> {
  const finder = new PointFinder(options);
  const found: string[] = [];
  for (const block of blocks) {
    const voxels = await volume.readBlock(block, { halo: finder.halo });
    const { labels, positions } = finder.find(voxels);
    let last = -1;
    for (const [i, label] of labels.entries()) {
      const [x = 0, y = 0, z = 0] = positions.subarray(i * 3);
      const place = (z * 16 + y) * 16 + x;
      expect(place).toBeGreaterThan(last);
      last = place;
      found.push(`${x} ${y} ${z} ${label}`);
    }
  }
  return found.sort();
}

function labelAt({ shape: [nx, ny], type, cells }: Made, [x, y, z]: Triple): bigint {
  const palette = palettes[type];
  const cell = cells[((z * ny + y) * nx + x) % cells.length] ?? 0;
  return palette[cell % palette.length] ?? 0n;
}

function surfaceOf(made: Made) {
  return (place: Triple, label: bigint): boolean =>
    ([0, 1, 2] as const).some((axis) =>
      [-1, 1].some((step) => {
        const next: [number, number, number] = [...place];
        next[axis] += step;
        const inside = next[axis] >= 0 && next[axis] < made.shape[axis];
        return inside && labelAt(made, next) !== label;
      }),
    );
}

function bruteForce(
  made: Made,
  chosen: (place: Triple, label: bigint) => boolean,
  background = [0n],
): string[] {
  const found: string[] = [];
  const [nx, ny, nz] = made.shape;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const label = labelAt(made, [x, y, z]);
        if (background.includes(label) || !chosen([x, y, z], label)) continue;
        found.push(`${x} ${y} ${z} ${label}`);
      }
    }
  }
  return found.sort();
}
