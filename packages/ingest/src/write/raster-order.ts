import type { ArrayOf, CoordinateType, NumericType } from "@pocaduck/format";
import type { Box, Int32Axes3 } from "./box.ts";
import { orderByCell } from "./cell-order.ts";
import type { Growable } from "./growable.ts";

export interface PointColumns {
  coordinates: readonly Growable<CoordinateType>[];
  attributes: readonly Growable<NumericType>[];
}

/** The rows of a pair in raster order: the first `count` entries of `rows`, counted from the pair's start. */
export interface RasterOrder {
  /** Absent where the rows are in order as they are; reused by the next call. */
  rows?: Int32Array;
  count: number;
}

/**
 * Rows `[start, start + count)` in raster order (the last axis slowest); of rows equal in all columns one is left unless
 * `keepDuplicates`. Makes `box` theirs. `axes` are the coordinates where they are int32, which is fast.
 */
export function rasterOrder(
  columns: PointColumns,
  axes: readonly Int32Array[] | undefined,
  box: Box,
  start: number,
  count: number,
  keepDuplicates: boolean,
): RasterOrder {
  const { coordinates, attributes } = columns;
  const end = start + count;
  if (axes?.length === 3) {
    if (box.enclose3(axes as Int32Axes3, start, end)) return { count };
  } else {
    box.enclose(coordinates, start, end);
    if (isRaster(coordinates, start, end)) return { count };
  }
  const byCell = axes && orderByCell(axes, box, start, count);
  const rows = byCell ? byCell.rows : orderByComparing(coordinates, start, count);
  const ties = byCell ? byCell.ties : tiedPlaces(coordinates, rows, start, count);
  if (ties.length === 0) return { rows, count };
  sortTies(attributes, rows, start, ties);
  return {
    rows,
    count: keepDuplicates ? count : dropDuplicates(columns, rows, start, count, ties),
  };
}

/** Whether each point is strictly after the one before it. */
function isRaster(
  coordinates: readonly Growable<CoordinateType>[],
  start: number,
  end: number,
): boolean {
  const compare = comparator(coordinates, 0);
  for (let row = start + 1; row < end; row++) if (compare(row - 1, row) >= 0) return false;
  return true;
}

function orderByComparing(
  coordinates: readonly Growable<CoordinateType>[],
  start: number,
  count: number,
): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row).sort(comparator(coordinates, start));
}

/** Places whose row is at the same point as the one before. */
function tiedPlaces(
  coordinates: readonly Growable<CoordinateType>[],
  rows: Int32Array,
  start: number,
  count: number,
): number[] {
  const compare = comparator(coordinates, start);
  const ties: number[] = [];
  for (let place = 1; place < count; place++) {
    if (compare(rows[place] as number, rows[place - 1] as number) === 0) ties.push(place);
  }
  return ties;
}

/** Rows at one point go by their attributes, so that equal rows are neighbours. */
function sortTies(
  attributes: readonly Growable<NumericType>[],
  rows: Int32Array,
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
    rows.subarray(from, to).sort(compare);
  }
}

/** Of the tied places those that repeat the one before go; returns how many rows are left. */
function dropDuplicates(
  { coordinates, attributes }: PointColumns,
  rows: Int32Array,
  start: number,
  count: number,
  ties: readonly number[],
): number {
  let left = ties[0] as number;
  for (let place = left, tie = 0; place < count; place++) {
    const row = rows[place] as number;
    if (place === ties[tie]) {
      tie++;
      const last = start + (rows[left - 1] as number);
      if (sameRow(coordinates, start + row, last) && sameRow(attributes, start + row, last))
        continue;
    }
    rows[left++] = row;
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
