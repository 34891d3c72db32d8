import { gzipSync } from "node:zlib";
import { writeFrames } from "../../src/dvid/index.ts";
import { encodeBlock, parseJson, type Triple } from "../../src/index.ts";

export async function post(url: string, body: string | Uint8Array = ""): Promise<string> {
  const response = await fetch(url, { method: "POST", body: body as BodyInit });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} for ${url}: ${text}`);
  return text;
}

/** A new repository with a labelmap `seg` of three scales: its root version. `more` goes to DVID as it is. */
export async function createLabelmap(
  url: string,
  more: Record<string, string> = {},
): Promise<string> {
  const made = await post(`${url}/api/repos`, JSON.stringify({ alias: "t", description: "d" }));
  const { root } = parseJson(made) as { root: string };
  const instance = {
    typename: "labelmap",
    dataname: "seg",
    BlockSize: "64,64,64",
    VoxelSize: "8,8,8",
    MaxDownresLevel: "2",
    ...more,
  };
  await post(`${url}/api/repo/${root}/instance`, JSON.stringify(instance));
  return root;
}

/** Blocks by their place, `x,y,z`. */
export type Blocks = ReadonlyMap<string, BigUint64Array>;

export async function postBlocks(seg: string, scale: number, blocks: Blocks): Promise<void> {
  const frames = Array.from(blocks, ([place, voxels]) => ({
    block: place.split(",").map(Number) as unknown as Triple,
    payload: gzipSync(encodeBlock(voxels, { shape: cube(Math.cbrt(voxels.length)) })),
  }));
  await post(`${seg}/blocks?compression=blocks&scale=${scale}`, writeFrames(frames));
}

function cube(edge: number): Triple {
  return [edge, edge, edge];
}

/** Dense, solid and sparse blocks with ids at the limits of numbers and of signs, also at negative places. */
export function someBlocks(): Blocks {
  const block = (label: (x: number, y: number, z: number) => bigint): BigUint64Array =>
    BigUint64Array.from({ length: 64 ** 3 }, (_, at) => label(at & 63, (at >> 6) & 63, at >> 12));
  return new Map([
    ["0,0,0", block((x, y, z) => BigInt(1 + (x >> 4) + 4 * (y >> 4) + 16 * (z >> 4)))],
    ["1,0,0", block(() => 7n)],
    ["0,1,0", block((x, _, z) => (z < 30 ? 2n ** 53n + 1n + BigInt(x >> 5) : 2n ** 63n + 5n))],
    ["-1,-2,0", block((x, y) => (x > y ? 2n ** 64n - 2n : 0n))],
    ["2,1,1", block((x, y, z) => BigInt(1000 + ((x * 31 + y * 17 + z * 7) % 300)))],
  ]);
}
