import { expect, test } from "vitest";
import { openVolume, readBlocks } from "../src/index.ts";
import { makeZarr } from "./made.ts";

const label = (z: number, y: number, x: number) => 1 + x + 10 * y + 100 * z;
const make = () => makeZarr({ shape: [4, 4, 4], chunks: [2, 2, 2], label });

test("blocks come in their order, each with its voxels", async () => {
  for (const ahead of [0, 1, 2, 100]) {
    const volume = await openVolume(make());
    const blocks = [...volume.grid([2, 2, 2])];
    const ids: string[] = [];
    for await (const [block, voxels] of readBlocks(volume, blocks, { halo: true, ahead })) {
      expect(voxels).toEqual(await volume.readBlock(block, { halo: true }));
      ids.push(block.id);
    }
    expect(ids).toEqual(blocks.map(({ id }) => id));
  }
});

test("no more is read than asked for ahead", async () => {
  const objects = make();
  const volume = await openVolume(objects);
  for await (const [block] of readBlocks(volume, volume.grid([2, 2, 2]), { ahead: 3 })) {
    expect(block.id).toBe("0_0_0");
    break;
  }
  expect([...objects.reads].filter(([key]) => key.startsWith("c/"))).toHaveLength(4);
});

test("a block that cannot be read fails in its turn", async () => {
  const objects = make();
  objects.bodies.set("c/0/0/1", new Uint8Array(3));
  const volume = await openVolume(objects);
  const ids: string[] = [];
  const all = async () => {
    for await (const [block] of readBlocks(volume, volume.grid([2, 2, 2]))) ids.push(block.id);
  };
  await expect(all()).rejects.toMatchObject({ code: "corrupt", key: "c/0/0/1" });
  expect(ids).toEqual(["0_0_0"]);
});
