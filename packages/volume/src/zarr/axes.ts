import type { Metadata } from "../metadata.ts";
import type { VolumeAxis } from "../volume.ts";

/** Where x, y and z are among an array's axes; `undefined` where the array has none, and counts as one voxel. */
export type Dimensions = readonly [
  x: number | undefined,
  y: number | undefined,
  z: number | undefined,
];

const names = ["x", "y", "z"] as const;

/** Finds x, y and z by name; arrays whose axes have other names end in z, y, x. */
export function findDimensions(
  metadata: Metadata,
  axisNames: unknown,
  shape: number[],
): Dimensions {
  const given = Array.isArray(axisNames) ? axisNames.map((name) => String(name).toLowerCase()) : [];
  if (given.length > 0 && given.length !== shape.length) {
    throw metadata.invalid("axis names", axisNames);
  }
  const named = names.map((name) => {
    const at = given.indexOf(name);
    return at < 0 ? undefined : at;
  });
  const known = named.some((at) => at !== undefined);
  const last = shape.length - 1;
  const counted = names.map((_, axis) => (axis <= last ? last - axis : undefined));
  const [x, y, z] = known ? named : counted;
  const others = shape.map((_, axis) => axis).filter((axis) => ![x, y, z].includes(axis));
  for (const axis of others) {
    if (shape[axis] === 1) continue;
    const name = JSON.stringify(given[axis] ?? axis);
    throw metadata.unsupported(
      `has ${shape[axis]} entries along axis ${name}; a label volume has one`,
    );
  }
  return [x, y, z];
}

/** An axis of the array, in the units of its metadata. */
export interface Placement {
  unit?: string;
  resolution: number;
  offset: number;
}

export function volumeAxes(
  dimensions: Dimensions,
  placements: Placement[],
): readonly [VolumeAxis, VolumeAxis, VolumeAxis] {
  const axis = (index: 0 | 1 | 2): VolumeAxis => {
    const dimension = dimensions[index];
    const placement = dimension === undefined ? undefined : placements[dimension];
    return { name: names[index], resolution: 1, offset: 0, ...placement };
  };
  return [axis(0), axis(1), axis(2)];
}
