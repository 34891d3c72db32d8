import type { ArrayOf, CoordinateType, NumericType } from "@pocaduck/format";
import type { Growable } from "./growable.ts";
import { sortByCell } from "./radix-order.ts";

export interface PointColumns {
  coordinates: readonly Growable<CoordinateType>[];
  attributes: readonly Growable<NumericType>[];
}

let moved = new Int32Array(1024);

/**
 * Puts rows `[start, start + count)` into raster order (the last axis slowest), in place; rows equal in all
 * columns are stored once unless `keepDuplicates`. Returns how many rows are left at `start`.
 * `axes` are the coordinates where they are int32, which is fast.
 */
export function toRasterOrder(
  columns: PointColumns,
  axes: readonly Int32Array[] | undefined,
  start: number,
  count: number,
  keepDuplicates: boolean,
): number {
  const { coordinates, attributes } = columns;
  if (count < 2 || isRaster(coordinates, axes, start, start + count)) return count;
  const sorted = axes && sortByCell(axes, start, count);
  const order = sorted ? sorted.order : sortByComparing(coordinates, start, count);
  const ties = sorted
    ? tiedKeys(sorted.keys, count)
    : tiedRows(comparator(coordinates, start), order, count);
  let left = count;
  if (ties.length > 0) {
    sortTies(attributes, order, start, ties);
    if (!keepDuplicates) left = dropDuplicates(columns, order, start, count);
  }
  permute(coordinates, order, start, left);
  permute(attributes, order, start, left);
  return left;
}

/** The coordinates of `columns` where all are int32. */
export function int32Axes({ coordinates }: PointColumns): Int32Array[] | undefined {
  const axes: Int32Array[] = [];
  for (const { values } of coordinates) {
    if (!(values instanceof Int32Array)) return undefined;
    axes.push(values);
  }
  return axes;
}

/** Whether each point is strictly after the one before it. */
function isRaster(
  coordinates: readonly Growable<CoordinateType>[],
  axes: readonly Int32Array[] | undefined,
  start: number,
  end: number,
): boolean {
  if (axes?.length === 3) {
    return isRaster3(
      axes[0] as Int32Array,
      axes[1] as Int32Array,
      axes[2] as Int32Array,
      start,
      end,
    );
  }
  const compare = comparator(coordinates, 0);
  for (let row = start + 1; row < end; row++) if (compare(row - 1, row) >= 0) return false;
  return true;
}

function isRaster3(
  x: Int32Array,
  y: Int32Array,
  z: Int32Array,
  start: number,
  end: number,
): boolean {
  for (let row = start + 1; row < end; row++) {
    const dz = (z[row] as number) - (z[row - 1] as number);
    if (dz > 0) continue;
    if (dz < 0) return false;
    const dy = (y[row] as number) - (y[row - 1] as number);
    if (dy > 0) continue;
    if (dy < 0 || (x[row] as number) <= (x[row - 1] as number)) return false;
  }
  return true;
}

function sortByComparing(
  coordinates: readonly Growable<CoordinateType>[],
  start: number,
  count: number,
): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row).sort(comparator(coordinates, start));
}

const none: readonly number[] = [];

/** Places whose row is at the same point as the one before. */
function tiedKeys(keys: Int32Array, count: number): readonly number[] {
  let ties: number[] | undefined;
  for (let place = 1; place < count; place++) {
    if (keys[place] !== keys[place - 1]) continue;
    ties ??= [];
    ties.push(place);
  }
  return ties ?? none;
}

function tiedRows(
  compare: (a: number, b: number) => number,
  order: Int32Array,
  count: number,
): number[] {
  const ties: number[] = [];
  for (let place = 1; place < count; place++) {
    if (compare(order[place] as number, order[place - 1] as number) === 0) ties.push(place);
  }
  return ties;
}

/** Rows at one point go by their attributes, so that equal rows are neighbours. */
function sortTies(
  attributes: readonly Growable<NumericType>[],
  order: Int32Array,
  start: number,
  ties: readonly number[],
): void {
  if (attributes.length === 0) return;
  const compare = comparator(attributes, start);
  for (let tie = 0; tie < ties.length; ) {
    const from = (ties[tie] as number) - 1;
    let to = from + 1;
    while (ties[tie] === to) {
      tie++;
      to++;
    }
    order.subarray(from, to).sort(compare);
  }
}

function dropDuplicates(
  { coordinates, attributes }: PointColumns,
  order: Int32Array,
  start: number,
  count: number,
): number {
  let left = 1;
  for (let place = 1; place < count; place++) {
    const row = start + (order[place] as number);
    const last = start + (order[left - 1] as number);
    const same = sameRow(coordinates, row, last) && sameRow(attributes, row, last);
    if (!same) order[left++] = order[place] as number;
  }
  return left;
}

function sameRow(columns: readonly Growable<NumericType>[], a: number, b: number): boolean {
  for (const { cells, width } of columns) {
    if (cells[width * a] !== cells[width * b]) return false;
    if (width === 2 && cells[2 * a + 1] !== cells[2 * b + 1]) return false;
  }
  return true;
}

function permute(
  columns: readonly Growable<NumericType>[],
  order: Int32Array,
  start: number,
  count: number,
): void {
  if (moved.length < count * 2) moved = new Int32Array(count * 4);
  for (const { cells, width } of columns) {
    if (width === 1) {
      for (let place = 0; place < count; place++) {
        moved[place] = cells[start + (order[place] as number)] as number;
      }
    } else {
      for (let place = 0; place < count; place++) {
        const row = 2 * (start + (order[place] as number));
        moved[2 * place] = cells[row] as number;
        moved[2 * place + 1] = cells[row + 1] as number;
      }
    }
    const from = start * width;
    for (let cell = 0; cell < count * width; cell++) cells[from + cell] = moved[cell] as number;
  }
}

/** Compares rows, counted from `start`, by the last column first. */
function comparator(
  columns: readonly Growable<NumericType>[],
  start: number,
): (a: number, b: number) => number {
  const values = columns.map((column) => column.values as ArrayOf<NumericType>).reverse();
  return (a, b) => {
    for (const column of values) {
      const left = column[start + a] as number;
      const right = column[start + b] as number;
      if (left < right) return -1;
      if (left > right) return 1;
    }
    return 0;
  };
}
