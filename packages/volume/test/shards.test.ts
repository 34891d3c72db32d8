import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { openVolume, VolumeError } from "../src/index.ts";
import { crc32c } from "../src/zarr/crc32c.ts";
import { golden, noGolden } from "./golden.ts";
import { Objects } from "./made.ts";

test("crc32c gives the check value of its polynomial", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

describe.skipIf(noGolden)("shards that zarr-python wrote (needs ../shared)", () => {
  const indexSize = 8 * 16 + 4;
  for (const [name, indexAt] of [
    ["v3-sharded-zstd", "end"],
    ["v3-sharded-index-start", "start"],
  ] as const) {
    test(`each flipped byte in the index of ${name} is found`, async () => {
      const objects = load(name);
      const body = objects.bodies.get("c/0/0/0") ?? new Uint8Array();
      const first = indexAt === "start" ? 0 : body.length - indexSize;
      for (let i = first; i < first + indexSize; i++) {
        const flipped = body.slice();
        flipped[i] = (flipped[i] ?? 0) ^ 1;
        objects.bodies.set("c/0/0/0", flipped);
        expect(await failure(objects)).toMatchObject({
          code: "corrupt",
          key: "c/0/0/0",
          message: '"c/0/0/0": the shard index fails its checksum',
        });
      }
    });

    test(`a shard of ${name} that was cut short is found`, async () => {
      const objects = load(name);
      const body = objects.bodies.get("c/0/0/0") ?? new Uint8Array();
      for (const length of [0, 1, indexSize - 1, indexSize, body.length >> 1, body.length - 1]) {
        objects.bodies.set("c/0/0/0", body.slice(0, length));
        expect(await failure(objects)).toMatchObject({ code: "corrupt", key: "c/0/0/0" });
      }
    });
  }

  test("the frame checksum of a chunk is checked", async () => {
    const objects = load("v3-sharded-zstd");
    const body = objects.bodies.get("c/0/0/0") ?? new Uint8Array();
    for (let i = 20; i < body.length - indexSize; i += 509) {
      const flipped = body.slice();
      flipped[i] = (flipped[i] ?? 0) ^ 4;
      objects.bodies.set("c/0/0/0", flipped);
      expect(await failure(objects)).toMatchObject({ code: "corrupt", key: "c/0/0/0" });
    }
  });

  test("the index of a shard is read once", async () => {
    const objects = load("v3-sharded-zstd");
    const volume = await openVolume(objects);
    for (const block of volume.grid([48, 40, 32])) await volume.readBlock(block, { halo: true });
    const inner = 8;
    for (const [key, count] of objects.reads) {
      if (key.startsWith("c/")) expect(count).toBeLessThanOrEqual(inner + 1);
    }
  });
});

/** What goes wrong when the first shard is read. */
async function failure(objects: Objects): Promise<unknown> {
  const volume = await openVolume(objects);
  const blocks = [...volume.grid([48, 40, 32])].filter(
    ({ start: [x, y, z] }) => x < 96 && y < 80 && z < 64,
  );
  for (const block of blocks) {
    try {
      await volume.readBlock(block);
    } catch (error) {
      if (error instanceof VolumeError) return error;
      throw error;
    }
  }
  return undefined;
}

function load(name: string): Objects {
  const objects = new Objects();
  const root = resolve(golden, `small-uint64/${name}.zarr`);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = resolve(entry.parentPath, entry.name);
    objects.bodies.set(path.slice(root.length + 1), new Uint8Array(readFileSync(path)));
  }
  return objects;
}
