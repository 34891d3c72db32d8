import type { PointCloud } from "./point-cloud.ts";

/** Distinct positions of a cloud, whatever their attributes. */
export function countUnique({ length, positions }: PointCloud, axes: number): number {
  const rows = Uint32Array.from({ length }, (_, row) => row * axes);
  const compare = (a: number, b: number): number => {
    for (let axis = 0; axis < axes; axis++) {
      const left = positions[a + axis] as number;
      const right = positions[b + axis] as number;
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
  rows.sort(compare);
  let distinct = 0;
  for (let at = 0; at < length; at++) {
    if (at === 0 || compare(rows[at - 1] as number, rows[at] as number) !== 0) distinct++;
  }
  return distinct;
}
