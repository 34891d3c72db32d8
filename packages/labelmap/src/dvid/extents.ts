import type { Triple } from "../block-layout.ts";

/** Inclusive voxels of scale 0. */
export interface Extents {
  min: Triple;
  max: Triple;
}

/** First block of a scale, and the block after the last. */
export function blockRange(
  { min, max }: Extents,
  blockShape: Triple,
  scale: number,
): { start: Triple; end: Triple } {
  const block = (point: Triple, axis: 0 | 1 | 2): number =>
    Math.floor(point[axis] / 2 ** scale / blockShape[axis]);
  return {
    start: [block(min, 0), block(min, 1), block(min, 2)],
    end: [block(max, 0) + 1, block(max, 1) + 1, block(max, 2) + 1],
  };
}
