import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { get, open, root } from "zarrita";

export interface Verdict {
  /** Points that the volume has and the cloud must have. */
  expected: number;
  missing: number;
  /** Points of the cloud that the volume has not, or that it holds twice. */
  surplus: number;
}

/**
 * Compares a cloud with the volume itself, read by zarrita alone and looked at voxel by voxel: a check that shares
 * no code with what made the cloud. `positions` is x, y, z triples.
 */
export async function verifyLabel(
  dir: string,
  label: bigint,
  positions: ArrayLike<number>,
  select: "surface" | "all",
): Promise<Verdict> {
  const array = await open(root(folder(join(dir, "0"))), { kind: "array" });
  if (!array.is("uint64"))
    throw new TypeError(`Expected \`dir\` to hold uint64, got ${array.dtype}`);
  const { data, shape } = await get(array);
  const [nz = 0, ny = 0, nx = 0] = shape;
  const inCloud = new Uint8Array(data.length);
  let surplus = 0;
  for (let i = 0; i < positions.length; i += 3) {
    const [x = -1, y = -1, z = -1] = [positions[i], positions[i + 1], positions[i + 2]];
    const inside = x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz;
    const at = (z * ny + y) * nx + x;
    if (!inside || inCloud[at] === 1) surplus++;
    else inCloud[at] = 1;
  }
  let [expected, missing] = [0, 0];
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  const [low, high] = [Number(label & 0xffff_ffffn), Number(label >> 32n)];
  const other = (at: number) => words[2 * at] !== low || words[2 * at + 1] !== high;
  for (let at = 0; at < data.length; at++) {
    if (other(at)) {
      surplus += inCloud[at] as number;
      continue;
    }
    const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
    const wanted =
      select === "all" ||
      (x > 0 && other(at - 1)) ||
      (x < nx - 1 && other(at + 1)) ||
      (y > 0 && other(at - nx)) ||
      (y < ny - 1 && other(at + nx)) ||
      (z > 0 && other(at - nx * ny)) ||
      (z < nz - 1 && other(at + nx * ny));
    expected += wanted ? 1 : 0;
    if (wanted && inCloud[at] === 0) missing++;
    if (!wanted && inCloud[at] === 1) surplus++;
  }
  return { expected, missing, surplus };
}

/** A folder as zarrita's store. */
function folder(dir: string) {
  return {
    async get(key: string): Promise<Uint8Array | undefined> {
      try {
        return new Uint8Array(await readFile(join(dir, key)));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}
