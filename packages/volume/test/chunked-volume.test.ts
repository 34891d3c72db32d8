import { expect, test } from "vitest";
import { openVolume } from "../src/index.ts";
import { makeZarr } from "./made.ts";

const label = (z: number, y: number, x: number) => 1 + x + 10 * y + 100 * z;

test("a halo holds the neighbours, and repeats the last voxel where the volume ends", async () => {
  const volume = await openVolume(makeZarr({ shape: [2, 3, 5], chunks: [1, 2, 2], label }));
  const grid = volume.grid([2, 2, 1]);
  const { data, shape } = await volume.readBlock(grid.at(1, 0, 0), { halo: true });
  expect(shape).toEqual([2, 2, 1]);
  const at = (x: number, y: number, z: number) => data[x + 1 + 4 * (y + 1 + 4 * (z + 1))];
  expect([at(0, 0, 0), at(1, 0, 0), at(0, 1, 0), at(1, 1, 0)]).toEqual([3, 4, 13, 14]);
  expect([at(-1, 0, 0), at(-1, 1, 0), at(2, 0, 0), at(2, 1, 0)]).toEqual([2, 12, 5, 15]);
  expect([at(0, 2, 0), at(1, 2, 0), at(0, -1, 0), at(1, -1, 0)]).toEqual([23, 24, 3, 4]);
  expect([at(0, 0, 1), at(1, 1, 1), at(0, 0, -1), at(1, 1, -1)]).toEqual([103, 114, 3, 14]);
});

test("each chunk is read once where the cache has room for it", async () => {
  const objects = makeZarr({ shape: [8, 8, 8], chunks: [2, 2, 2], label });
  const volume = await openVolume(objects);
  for (const block of volume.grid([2, 2, 2])) await volume.readBlock(block, { halo: true });
  const reads = [...objects.reads].filter(([key]) => key.startsWith("c/"));
  expect(reads).toHaveLength(64);
  expect(reads.every(([, count]) => count === 1)).toBe(true);
});

test("without room in the cache blocks are the same", async () => {
  const make = () => makeZarr({ shape: [5, 5, 5], chunks: [2, 2, 2], label });
  const roomy = await openVolume(make());
  const tight = await openVolume(make(), { cacheSize: 0 });
  for (const block of roomy.grid([3, 2, 4])) {
    const expected = await roomy.readBlock(block, { halo: true });
    expect(await tight.readBlock(block, { halo: true })).toEqual(expected);
  }
});

test("a block that lies outside the volume is refused", async () => {
  const volume = await openVolume(makeZarr({ shape: [2, 2, 2], chunks: [2, 2, 2] }));
  const block = { id: "1_0_0", start: [2, 0, 0], shape: [1, 1, 1] } as const;
  await expect(volume.readBlock(block)).rejects.toThrow(
    "Expected `block` to lie in the volume, got 1_0_0",
  );
});

test("an abort stops its caller and no other", async () => {
  const objects = makeZarr({ shape: [2, 2, 2], chunks: [2, 2, 2], label });
  const volume = await openVolume(objects);
  const block = volume.grid().at(0, 0, 0);
  const controller = new AbortController();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const get = objects.get.bind(objects);
  objects.get = async (key, options) => {
    await held;
    return get(key, options);
  };
  const first = volume.readBlock(block, { signal: controller.signal });
  const second = volume.readBlock(block, { signal: new AbortController().signal });
  const third = volume.readBlock(block);
  controller.abort(new Error("enough"));
  release();
  await expect(first).rejects.toThrow("enough");
  expect((await second).data[7]).toBe(112);
  expect((await third).data[7]).toBe(112);
});
