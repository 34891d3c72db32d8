import { describe, expect, inject, test } from "vitest";
import { startDvid } from "../../../../scripts/servers/dvid.mjs";
import { DvidConnection, openLabelmap, resolveVersion } from "../../src/dvid/index.ts";
import {
  countVoxels,
  decodeBlock,
  decodeBlockKey,
  gunzip,
  joinBlock,
  parseJson,
  splitBlock,
} from "../../src/index.ts";
import { type Blocks, createLabelmap, post, postBlocks, someBlocks } from "./fixture.ts";

const url = inject("dvid")?.url ?? "";

describe.skipIf(!url)("a real DVID (needs Go or Docker)", () => {
  test("blocks come back voxel for voxel, mapped as DVID maps them, and indices count them", async () => {
    const root = await createLabelmap(url);
    const seg = `${url}/api/node/${root}/seg`;
    const stored = someBlocks();
    await postBlocks(seg, 0, stored);
    await post(`${seg}/merge`, "[1,2,3,9007199254740994]");
    await post(`${url}/api/node/${root}/commit`, '{"note":"x","log":[]}');

    const labelmap = await openLabelmap(url, root.slice(0, 12), "seg");
    expect(labelmap.version).toMatchObject({ uuid: root, locked: true });
    const frames = await labelmap.blocks([-1, -2, 0], [4, 4, 2]);
    const bodies = await labelmap.blocks([-1, -2, 0], [4, 4, 2], { bodies: true });
    const mapping = await labelmap.mapping();
    expect(frames.map(({ block }) => String(block)).sort()).toEqual([...stored.keys()].sort());
    const voxelsOf = new Map<bigint, number>();
    for (const { block, payload } of frames) {
      const { labels, rest } = splitBlock(await gunzip(payload, 1e7));
      expect(decodeBlock(joinBlock(labels, rest)).voxels).toEqual(stored.get(String(block)));
      const mapped = decodeBlock(joinBlock(mapping.map(labels), rest)).voxels;
      const theirs = bodies.find((frame) => String(frame.block) === String(block));
      expect(decodeBlock(await gunzip(theirs?.payload ?? payload, 1e7)).voxels).toEqual(mapped);
      for (const label of mapped) voxelsOf.set(label, (voxelsOf.get(label) ?? 0) + 1);
    }
    voxelsOf.delete(0n);

    const labels = await labelmap.labels(0n, 10_000);
    expect(Array.from(labels)).toEqual([...voxelsOf.keys()].sort((a, b) => (a < b ? -1 : 1)));
    for (const index of await labelmap.labelIndices([...labels])) {
      expect(index && countVoxels(index)).toBe(BigInt(voxelsOf.get(index?.label ?? 0n) ?? 0));
      for (const key of index?.blocks.keys() ?? []) {
        expect(stored.has(String(decodeBlockKey(key)))).toBe(true);
      }
    }
    expect(await labelmap.maxLabel()).toBe(2n ** 64n - 2n);
  });

  test("a branch is its leaf, a cleave counts only there, an open version is seen to move", async () => {
    const root = await createLabelmap(url);
    await postBlocks(`${url}/api/node/${root}/seg`, 0, someBlocks());
    await post(`${url}/api/node/${root}/seg/merge`, "[1,2,3]");
    await post(`${url}/api/node/${root}/commit`, '{"note":"x","log":[]}');
    const made = await post(`${url}/api/node/${root}/newversion`, '{"note":"y"}');
    const { child } = parseJson(made) as { child: string };

    const connection = new DvidConnection(url);
    const leaf = await resolveVersion(connection, `${root.slice(0, 8)}:master`);
    expect(leaf).toMatchObject({ uuid: child, root, locked: false });
    await expect(openLabelmap(url, child, "seg")).rejects.toMatchObject({ code: "unlocked" });
    const open = await openLabelmap(url, child, "seg", { allowOpen: true });
    await post(`${open.url}/cleave/1`, "[3]");
    expect((await open.current()).mutationId).toBeGreaterThan(open.version.mutationId);
    const before = await (await openLabelmap(url, root, "seg")).mapping();
    const after = await open.mapping();
    expect([before.get(2n), before.get(3n)]).toEqual([1n, 1n]);
    expect(after.get(2n)).toBe(1n);
    expect(after.get(3n)).not.toBe(1n);
  });

  test("a branch needs no prefix where there is one repository, and is refused where there are more", async () => {
    const alone = await startDvid();
    try {
      const root = await createLabelmap(alone.url);
      const connection = new DvidConnection(alone.url);
      expect(await resolveVersion(connection, ":master")).toMatchObject({ uuid: root });
      await createLabelmap(alone.url);
      await expect(resolveVersion(connection, ":master")).rejects.toThrow(/more than one repo/);
    } finally {
      await alone.stop();
    }
  });

  test("a prefix of two versions is ambiguous", async () => {
    // Of seventeen roots two begin with the same digit.
    const roots: string[] = [];
    while (roots.length < 17) {
      roots.push(parseJson(await post(`${url}/api/repos`, '{"alias":"t"}')) as string);
    }
    const first = Object.keys((await new DvidConnection(url).json("repos/info")) as object).sort();
    const at = first.findIndex((root, index) => root[0] === first[index + 1]?.[0]);
    const prefix = first[at]?.[0] ?? "";
    await expect(resolveVersion(new DvidConnection(url), prefix)).rejects.toMatchObject({
      code: "ambiguous",
      message: expect.stringContaining(`more than one UUID matches ${prefix}`),
    });
  });

  test("every scale is what DVID's raw endpoint says, by supervoxel and by body", async () => {
    const root = await createLabelmap(url);
    const seg = `${url}/api/node/${root}/seg`;
    const stored = someBlocks();
    for (const scale of [0, 1, 2]) await postBlocks(seg, scale, shifted(stored, BigInt(scale)));
    await post(`${seg}/merge`, "[5,6,7,8]");
    const labelmap = await openLabelmap(url, root, "seg", { allowOpen: true });
    const mapping = await labelmap.mapping();
    for (const scale of [0, 1, 2]) {
      const frames = await labelmap.blocks([-1, -2, 0], [4, 4, 2], { scale });
      expect(frames.length).toBe(stored.size);
      for (const { block, payload } of frames) {
        const offset = block.map((at) => 64 * at).join("_");
        const { labels, rest } = splitBlock(await gunzip(payload, 1e7));
        for (const [table, supervoxels] of [
          [labels, true],
          [mapping.map(labels), false],
        ] as const) {
          const query = `scale=${scale}&supervoxels=${supervoxels}`;
          const raw = await fetch(`${seg}/raw/0_1_2/64_64_64/${offset}?${query}`);
          const expected = new BigUint64Array(await raw.arrayBuffer());
          expect(decodeBlock(joinBlock(table, rest)).voxels).toEqual(expected);
        }
      }
    }
  });

  test("blocks of another shape are read; instances that do not store gzip are refused", async () => {
    const small = await createLabelmap(url, { BlockSize: "32,32,32" });
    const voxels = BigUint64Array.from({ length: 32 ** 3 }, (_, at) => BigInt(at % 37));
    await postBlocks(`${url}/api/node/${small}/seg`, 0, new Map([["0,-1,2", voxels]]));
    const labelmap = await openLabelmap(url, small, "seg", { allowOpen: true });
    expect(labelmap.info.blockShape).toEqual([32, 32, 32]);
    const [frame] = await labelmap.specificBlocks([[0, -1, 2]]);
    const bytes = await gunzip(frame?.payload ?? new Uint8Array(), 1e6);
    expect(decodeBlock(bytes).voxels).toEqual(voxels);
    for (const Compression of ["lz4", "snappy", "none"]) {
      const root = await createLabelmap(url, { Compression });
      await expect(openLabelmap(url, root, "seg", { allowOpen: true })).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining("not gzip"),
      });
    }
  });

  test("an unknown version, instance or type is one clear error", async () => {
    const root = await createLabelmap(url);
    const kv = { typename: "keyvalue", dataname: "kv" };
    await post(`${url}/api/repo/${root}/instance`, JSON.stringify(kv));
    const open = (uuid: string, data: string): Promise<unknown> =>
      openLabelmap(url, uuid, data, { allowOpen: true });
    await expect(open("0".repeat(32), "seg")).rejects.toMatchObject({ code: "not-found" });
    await expect(open(root, "nope")).rejects.toMatchObject({ code: "not-found" });
    await expect(open(root, "kv")).rejects.toMatchObject({ code: "unsupported" });
    const empty = await openLabelmap(url, root, "seg", { allowOpen: true });
    expect(empty.info.extents).toBeUndefined();
    expect(await empty.blocks([0, 0, 0], [4, 4, 4])).toEqual([]);
    expect((await empty.labels(0n, 10)).length).toBe(0);
  });
});

/** Another volume for each scale, so that no scale is taken for another. */
function shifted(blocks: Blocks, by: bigint): Blocks {
  const shift = (label: bigint): bigint => (label === 0n ? 0n : label - 1n + by);
  return new Map(Array.from(blocks, ([place, voxels]) => [place, voxels.map(shift)]));
}
