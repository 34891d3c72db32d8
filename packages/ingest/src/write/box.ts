import type { CoordinateType } from "@pocaduck/format";
import type { Growable } from "./growable.ts";

export type Int32Axes3 = readonly [Int32Array, Int32Array, Int32Array];

/** The least box around some points; of 64-bit coordinates rounded outwards where a double can't hold them. */
export class Box {
  readonly least: Float64Array;
  readonly greatest: Float64Array;

  constructor(axes: number) {
    this.least = new Float64Array(axes);
    this.greatest = new Float64Array(axes);
  }

  /** Makes it that of rows `[start, end)`. */
  enclose(coordinates: readonly Growable<CoordinateType>[], start: number, end: number): void {
    for (let axis = 0; axis < coordinates.length; axis++) {
      const { values } = coordinates[axis] as Growable<CoordinateType>;
      if (values instanceof BigInt64Array) {
        this.#set64(axis, values, start, end);
        continue;
      }
      let least = values[start] as number;
      let greatest = least;
      for (let row = start + 1; row < end; row++) {
        const value = values[row] as number;
        if (value < least) least = value;
        else if (value > greatest) greatest = value;
      }
      this.least[axis] = least;
      this.greatest[axis] = greatest;
    }
  }

  /**
   * As {@link Box.enclose} for three int32 axes in one pass; true when each point comes strictly after the one before,
   * the last axis slowest.
   */
  enclose3([xs, ys, zs]: Int32Axes3, start: number, end: number): boolean {
    let [lastX, lastY, lastZ] = [xs[start] as number, ys[start] as number, zs[start] as number];
    let [leastX, leastY, leastZ] = [lastX, lastY, lastZ];
    let [greatestX, greatestY, greatestZ] = [lastX, lastY, lastZ];
    let ordered = true;
    for (let row = start + 1; row < end; row++) {
      const x = xs[row] as number;
      const y = ys[row] as number;
      const z = zs[row] as number;
      if (z <= lastZ && (z < lastZ || y < lastY || (y === lastY && x <= lastX))) ordered = false;
      if (x < leastX) leastX = x;
      else if (x > greatestX) greatestX = x;
      if (y < leastY) leastY = y;
      else if (y > greatestY) greatestY = y;
      if (z < leastZ) leastZ = z;
      else if (z > greatestZ) greatestZ = z;
      lastX = x;
      lastY = y;
      lastZ = z;
    }
    const { least, greatest } = this;
    least[0] = leastX;
    least[1] = leastY;
    least[2] = leastZ;
    greatest[0] = greatestX;
    greatest[1] = greatestY;
    greatest[2] = greatestZ;
    return ordered;
  }

  /** Widens another to hold it: from `at` on its least corner, then its greatest. */
  widen(other: Float64Array, at: number): void {
    const axes = this.least.length;
    for (let axis = 0; axis < axes; axis++) {
      const least = this.least[axis] as number;
      const greatest = this.greatest[axis] as number;
      if (least < (other[at + axis] as number)) other[at + axis] = least;
      if (greatest > (other[at + axes + axis] as number)) other[at + axes + axis] = greatest;
    }
  }

  #set64(axis: number, values: BigInt64Array, start: number, end: number): void {
    let least = values[start] as bigint;
    let greatest = least;
    for (let row = start + 1; row < end; row++) {
      const value = values[row] as bigint;
      if (value < least) least = value;
      else if (value > greatest) greatest = value;
    }
    const low = Number(least);
    const high = Number(greatest);
    this.least[axis] = BigInt(low) > least ? low - Math.abs(low) * Number.EPSILON : low;
    this.greatest[axis] = BigInt(high) < greatest ? high + Math.abs(high) * Number.EPSILON : high;
  }
}

/** The coordinates where all are int32. */
export function int32Axes({
  coordinates,
}: {
  coordinates: readonly Growable<CoordinateType>[];
}): readonly Int32Array[] | undefined {
  const axes: Int32Array[] = [];
  for (const { values } of coordinates) {
    if (!(values instanceof Int32Array)) return undefined;
    axes.push(values);
  }
  return axes;
}
