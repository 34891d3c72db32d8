import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PointCloud, Query } from "@pocaduck/query";

/** What golden data says of one label's voxels. */
export interface LabelTruth {
  label: string;
  voxels: number;
  bbox_min_xyz: number[];
  bbox_max_xyz_inclusive: number[];
  sha256_xyz_int32le: string;
}

export function readTruth<T>(shared: string, name: string): T {
  return JSON.parse(readFileSync(join(shared, "segmentation", name), "utf8")) as T;
}

/**
 * The digest that golden data gives: of int32 triples sorted by x, then y, then z. Marks each point in a box of the
 * label's own, so a point that is there twice changes the digest too.
 */
function digestOf(
  { positions, length }: Pick<PointCloud, "positions" | "length">,
  min: readonly number[],
  max: readonly number[],
): string {
  const [x0 = 0, y0 = 0, z0 = 0] = min;
  const [nx = 0, ny = 0, nz = 0] = max.map((corner, axis) => corner - (min[axis] ?? 0) + 1);
  const marks = new Uint8Array(nx * ny * nz);
  for (let i = 0; i < length; i++) {
    const x = Number(positions[3 * i]) - x0;
    const y = Number(positions[3 * i + 1]) - y0;
    const at = (x * ny + y) * nz + Number(positions[3 * i + 2]) - z0;
    marks[at] = (marks[at] as number) + 1;
  }
  const hash = createHash("sha256");
  const part = new Int32Array(3 * 100_000);
  let used = 0;
  for (let x = 0, at = 0; x < nx; x++) {
    for (let y = 0; y < ny; y++) {
      for (let z = 0; z < nz; z++, at++) {
        for (let left = marks[at] as number; left > 0; left--) {
          part[used++] = x0 + x;
          part[used++] = y0 + y;
          part[used++] = z0 + z;
          if (used < part.length) continue;
          hash.update(new Uint8Array(part.buffer));
          used = 0;
        }
      }
    }
  }
  return hash.update(new Uint8Array(part.buffer, 0, used * 4)).digest("hex");
}

/** What is wrong with the answer for a label; nothing, as a rule. */
export async function compare(query: Query, truth: LabelTruth): Promise<string | undefined> {
  const label = BigInt(truth.label);
  const cloud = await query.points(label);
  if (cloud.length !== truth.voxels) return `${label}: ${cloud.length} of ${truth.voxels} points`;
  if ((await query.count(label)) !== truth.voxels) return `${label}: another count`;
  const [min, max] = [[], []] as [number[], number[]];
  for (const axis of [0, 1, 2]) {
    let [least, greatest] = [Infinity, -Infinity];
    for (let i = axis; i < cloud.positions.length; i += 3) {
      const value = Number(cloud.positions[i]);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    min.push(least);
    max.push(greatest);
  }
  if (String(min) !== String(truth.bbox_min_xyz)) return `${label}: box from ${min}`;
  if (String(max) !== String(truth.bbox_max_xyz_inclusive)) return `${label}: box to ${max}`;
  return digestOf(cloud, min, max) === truth.sha256_xyz_int32le
    ? undefined
    : `${label}: another digest`;
}
