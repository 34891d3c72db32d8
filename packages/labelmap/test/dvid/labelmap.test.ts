import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BlockFrame,
  DvidConnection,
  DvidLabelmap,
  openLabelmap,
  resolveVersion,
} from "../../src/dvid/index.ts";
import { countVoxels, decodeBlock, gunzip, joinBlock, splitBlock } from "../../src/index.ts";
import { shared } from "../shared.ts";
import { manifest, recordedBody, recordedVolume, replay, type Server } from "./replay.ts";

describe.skipIf(!shared)("what DVID answered (needs ../shared)", () => {
  const { root, child, bigRoot, requests } = shared
    ? manifest()
    : { root: "", child: "", bigRoot: "", requests: [] };
  const leaf = `${root}:master`;
  let server: Server;
  beforeAll(async () => {
    server = await replay();
  });
  afterAll(() => server.close());

  const open = (uuid: string): Promise<DvidLabelmap> =>
    openLabelmap(server.url, uuid === child ? leaf : uuid, "seg", { allowOpen: true });

  test("an instance is described", async () => {
    const { info, version } = await open(root);
    expect(info).toMatchObject({
      blockShape: [64, 64, 64],
      voxelSize: [8, 8, 8],
      extents: { min: [-64, -128, -192], max: [127, 127, 127] },
      maxScale: 2,
      indexed: true,
    });
    expect(version).toMatchObject({ uuid: root, root, locked: true, mutationId: 1000000009n });
  });

  test("an open version is refused unless allowed", async () => {
    await expect(openLabelmap(server.url, leaf, "seg")).rejects.toMatchObject({
      code: "unlocked",
    });
    expect((await open(child)).version.locked).toBe(false);
  });

  test.each([
    ["v1-s0-supervoxels", "root", false, 0, 2],
    ["v1-s0-bodies", "root", true, 0, 2],
    ["v2-s0-supervoxels", "child", false, 0, 2],
    ["v2-s0-bodies", "child", true, 0, 2],
    ["v1-s1-supervoxels", "root", false, 1, 1],
    ["v1-s2-supervoxels", "root", false, 2, 1],
  ] as const)("%s decodes to every voxel", async (volume, at, bodies, scale, edge) => {
    const labelmap = await open(at === "root" ? root : child);
    const frames = await labelmap.blocks([0, 0, 0], [edge, edge, edge], { bodies, scale });
    const { data, shape } = recordedVolume(volume);
    expect(await assemble(frames, shape)).toEqual(data);
  });

  test("negative blocks, sparse ones and absent ones", async () => {
    const labelmap = await open(root);
    const [negative] = await labelmap.blocks([-1, 0, 0], [1, 1, 1]);
    expect(negative?.block).toEqual([-1, 0, 0]);
    expect(await voxels(negative)).toEqual(recordedVolume("neg-block").data);
    const [solid] = await labelmap.blocks([-1, -2, -3], [1, 1, 1]);
    expect((await voxels(solid))[5]).toBe(31n);
    expect(await labelmap.blocks([100, 100, 100], [1, 1, 1])).toEqual([]);
    const places = [
      [0, 0, 0],
      [1, 1, 1],
      [9, 9, 9],
      [-1, 0, 0],
    ] as const;
    const found = await labelmap.specificBlocks(places);
    expect(found.map(({ block }) => String(block)).sort()).toEqual(["-1,0,0", "0,0,0", "1,1,1"]);
  });

  test("supervoxels mapped by us are the bodies mapped by DVID", async () => {
    for (const at of [root, child]) {
      const labelmap = await open(at);
      const mapping = await labelmap.mapping();
      const expected = requests.findLast(
        ({ path }) => path === `/api/node/${at}/seg/mappings?format=binary`,
      ) as { expect?: { mapping: Record<string, string> } } | undefined;
      const pairs = Object.entries(expected?.expect?.mapping ?? {});
      expect(new Map(mapping.entries())).toEqual(
        new Map(pairs.map(([supervoxel, body]) => [BigInt(supervoxel), BigInt(body)])),
      );
      const frames = await labelmap.blocks([0, 0, 0], [2, 2, 2]);
      const mapped = await Promise.all(
        frames.map(async ({ block, payload }) => {
          const { labels, rest } = splitBlock(await gunzip(payload, 1e7));
          return { block, bytes: joinBlock(mapping.map(labels), rest) };
        }),
      );
      const volume = new BigUint64Array(128 ** 3);
      for (const { block, bytes } of mapped) place(volume, [128, 128, 128], block, bytes);
      expect(volume).toEqual(recordedVolume(at === root ? "v1-s0-bodies" : "v2-s0-bodies").data);
    }
  });

  test("ids around 2^53, 2^63 and 2^64 are read", async () => {
    const { info, version } = await open(root);
    const big = new DvidLabelmap(
      new DvidConnection(server.url),
      { ...version, uuid: bigRoot },
      info,
    );
    expect(await big.maxLabel()).toBe(2n ** 64n - 2n);
    const [frame] = await big.blocks([0, 0, 0], [1, 1, 1]);
    expect(await voxels(frame)).toEqual(recordedVolume("big-s0-supervoxels").data);
    expect((await big.labelIndex(2n ** 63n)).label).toBe(2n ** 63n);
    expect((await big.mapping()).size).toBe(2);
  });

  test("lists of labels come in pages", async () => {
    const labelmap = await open(root);
    expect(Array.from(await labelmap.labels(0n, 5))).toEqual([1n, 4n, 6n, 7n, 8n]);
    expect(await labelmap.labelSizes(11n, 3)).toEqual([
      { label: 20n, voxels: 957n },
      { label: 21n, voxels: 1013n },
      { label: 22n, voxels: 1078n },
    ]);
    expect((await labelmap.labels(9007199254740992n, 100)).length).toBeLessThan(100);
  });

  test("indices come one by one and many at once, with what is missing", async () => {
    const labelmap = await open(root);
    const asked = [1n, 6n, 10n, 7n, 9007199254740993n, 30n, 31n, 4611686018427387905n, 1000n, 2n];
    const many = await labelmap.labelIndices(asked);
    expect(many.at(-1)).toBeUndefined();
    expect(many.slice(0, 3).map((index) => index && countVoxels(index))).toEqual([
      57747n,
      258047n,
      2969n,
    ]);
    for (const index of many.slice(0, -1)) {
      expect(await labelmap.labelIndex(index?.label ?? 0n)).toEqual(index);
    }
    await expect(labelmap.labelIndex(2n)).rejects.toMatchObject({ code: "not-found" });
    expect(() => labelmap.labelIndices([0n])).toThrow(RangeError);
  });

  test("what DVID refuses has a code and DVID's words", async () => {
    const connection = new DvidConnection(server.url);
    await expect(connection.json(`node/${"f".repeat(32)}/seg/info`)).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("could not find UUID"),
    });
    await expect(connection.json(`node/${root}/nope/info`)).rejects.toMatchObject({
      code: "not-found",
    });
    const path = `node/${root}/seg/specificblocks`;
    await expect(connection.bytes(path, 10, { query: { blocks: "1,2" } })).rejects.toMatchObject({
      code: "rejected",
    });
  });

  test("a reference that is no UUID is refused by name", async () => {
    const connection = new DvidConnection(server.url);
    for (const reference of ["", "xyz", "abc:", ":", "a:b:c", ":a:b"]) {
      await expect(resolveVersion(connection, reference)).rejects.toThrow(TypeError);
    }
    expect(() => new DvidConnection("ftp://host")).toThrow("`base`");
  });

  test("an instance that does not store gzip decodes no further than its first byte", async () => {
    const bare = recordedBody("comp-segnone-blocks").subarray(16);
    await expect(gunzip(bare, 1e6)).rejects.toMatchObject({ code: "corrupt" });
  });
});

async function voxels(frame: BlockFrame | undefined): Promise<BigUint64Array> {
  return decodeBlock(await gunzip(frame?.payload ?? new Uint8Array(), 1e7)).voxels;
}

async function assemble(frames: BlockFrame[], shape: number[]): Promise<BigUint64Array> {
  const volume = new BigUint64Array((shape[0] ?? 0) * (shape[1] ?? 0) * (shape[2] ?? 0));
  for (const { block, payload } of frames) place(volume, shape, block, await gunzip(payload, 1e7));
  return volume;
}

function place(
  volume: BigUint64Array,
  [width = 0, height = 0]: number[],
  [bx, by, bz]: BlockFrame["block"],
  bytes: Uint8Array,
): void {
  const decoded = decodeBlock(bytes, { shape: [64, 64, 64] }).voxels;
  for (let row = 0; row < 64 * 64; row++) {
    const [y, z] = [64 * by + (row % 64), 64 * bz + Math.floor(row / 64)];
    volume.set(decoded.subarray(64 * row, 64 * row + 64), (z * height + y) * width + 64 * bx);
  }
}
