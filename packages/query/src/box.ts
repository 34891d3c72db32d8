import { newArray, showValue, typeOfArray } from "@pocaduck/format";
import type { BlockRange } from "./block-ranges.ts";
import type { BlockInfo } from "./block-table.ts";
import type { AttributeValues, PointCloud } from "./point-cloud.ts";

/** Corners in the dataset's coordinates, both inclusive. */
export interface Box {
  min: readonly number[];
  max: readonly number[];
}

/** Throws unless the corners are numbers of `axes` axes, the least first; infinities leave a side open. */
export function assertBox(box: Box, axes: number): void {
  const { min, max } = Object(box) as Partial<Box>;
  for (const [name, corner] of Object.entries({ min, max })) {
    if (!Array.isArray(corner) || corner.length !== axes || !corner.every(isNumber)) {
      const got = Array.isArray(corner) ? `[${corner.map(showValue)}]` : showValue(corner);
      throw new RangeError(`Expected \`box.${name}\` to be ${axes} numbers, got ${got}`);
    }
  }
  const axis = box.min.findIndex((least, at) => least > (box.max[at] as number));
  if (axis >= 0) {
    const [least, greatest] = [box.min[axis], box.max[axis]];
    throw new RangeError(
      `Expected \`box.min\` not to be above \`box.max\`, got ${least} and ${greatest} at ${axis}`,
    );
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && !Number.isNaN(value);
}

export function overlaps(block: BlockInfo | undefined, { min, max }: Box): boolean {
  if (!block?.min || !block.max) return false;
  const { min: least, max: greatest } = block;
  return min.every(
    (low, axis) => low <= (greatest[axis] ?? 0) && (max[axis] ?? 0) >= (least[axis] ?? 0),
  );
}

/** The points of `cloud` that lie in the box. */
export function inBox(cloud: PointCloud, axes: number, { min, max }: Box): PointCloud {
  const inside: number[] = [];
  const blocks: BlockRange[] = [];
  for (const { block, start, end } of cloud.blocks) {
    const before = inside.length;
    for (let row = start; row < end; row++) {
      let within = true;
      for (let axis = 0; axis < axes && within; axis++) {
        const value = Number(cloud.positions[row * axes + axis]);
        within = value >= (min[axis] as number) && value <= (max[axis] as number);
      }
      if (within) inside.push(row);
    }
    if (inside.length > before) blocks.push({ block, start: before, end: inside.length });
  }
  const type = typeOfArray(cloud.positions) ?? "int32";
  const positions = newArray(type, inside.length * axes);
  for (const [at, row] of inside.entries()) {
    const point = cloud.positions.subarray(row * axes, (row + 1) * axes);
    positions.set(point as never, at * axes);
  }
  const attributes = Object.fromEntries(
    Object.entries(cloud.attributes).map(([name, values]) => [name, pick(values, inside)]),
  );
  return {
    ...cloud,
    length: inside.length,
    positions: positions as PointCloud["positions"],
    attributes,
    blocks,
  };
}

function pick(values: AttributeValues, rows: number[]): AttributeValues {
  if (Array.isArray(values)) return rows.map((row) => values[row] as string);
  const picked = newArray(typeOfArray(values) ?? "int32", rows.length);
  for (const [at, row] of rows.entries()) picked[at] = values[row] as never;
  return picked;
}
