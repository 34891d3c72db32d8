import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalStore } from "@pocaduck/storage-local";
import { openVolume, PointFinder, readBlocks } from "@pocaduck/volume";
import { expect, test } from "vitest";
import { makeVolume } from "./make-volume.ts";
import { Neuropil } from "./neuropil.ts";
import { drawProjections } from "./projections.ts";
import { Random } from "./random.ts";
import { verifyLabel } from "./verify.ts";

test("the same seed grows the same processes", () => {
  const grow = (seed: number) => {
    const neuropil = new Neuropil(48, new Random(seed));
    for (let i = 0; i < 9; i++) neuropil.grow(4, 2, i % 2 === 0 ? "side" : "inside");
    neuropil.swell();
    return neuropil.cells;
  };
  expect(grow(1)).toEqual(grow(1));
  expect(grow(1)).not.toEqual(grow(2));
});

test("the made volume reads back, and its points verify and draw", {
  timeout: 60_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "pocaduck-demo-"));
  try {
    await makeVolume(dir);
    const volume = await openVolume(new LocalStore(dir));
    expect(volume).toMatchObject({ shape: [256, 256, 256], type: "uint64" });
    expect(volume.axes[0]).toEqual({ name: "x", unit: "nm", resolution: 8, offset: 0 });

    const finder = new PointFinder();
    const found = new Map<bigint, number[]>();
    for await (const [, voxels] of readBlocks(volume, volume.grid(), { halo: true })) {
      const { labels, positions } = finder.find(voxels);
      for (const [i, label] of labels.entries()) {
        const cloud = found.get(label) ?? [];
        if (cloud.length === 0) found.set(label, cloud);
        cloud.push(...positions.subarray(3 * i, 3 * i + 3));
      }
    }
    const labels = [...found.keys()];
    expect(labels).toEqual(expect.arrayContaining([2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]));
    expect(labels.filter((label) => label > 2n ** 63n).length).toBeGreaterThan(100);

    const [label, cloud] = [...found].reduce((a, b) => (a[1].length > b[1].length ? a : b));
    const expected = cloud.length / 3;
    expect(await verifyLabel(dir, label, cloud, "surface")).toEqual({
      expected,
      missing: 0,
      surplus: 0,
    });
    const spoilt = [...cloud.slice(3), ...cloud.slice(-3), 300, 0, 0, 0, 0, 0];
    expect(await verifyLabel(dir, label, spoilt, "surface")).toEqual({
      expected,
      missing: 1,
      surplus: 3,
    });
    const all = await verifyLabel(dir, label, cloud, "all");
    expect(all.missing).toBe(all.expected - expected);

    await drawProjections(cloud, join(dir, "cloud.png"), { shape: volume.shape });
    const png = await readFile(join(dir, "cloud.png"));
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1096, 1096]);
    expect(png.length).toBeGreaterThan(20_000);
    await drawProjections([], join(dir, "empty.png"));
    await drawProjections([5, 5, 5], join(dir, "one.png"));
  } finally {
    await rm(dir, { recursive: true });
  }
});
