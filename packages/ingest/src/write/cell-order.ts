import type { Box, Int32Axes3 } from "./box.ts";

/** Rows up to which an insertion sort beats counting digits. */
const few = 32;

let packed = new Int32Array(1024);
let moved = new Int32Array(1024);
let order = new Int32Array(1024);
const digits = new Int32Array(257);
const none: readonly number[] = [];

/** Rows in order, the first `length` entries of `rows`; reused by the next call. */
export interface CellOrder {
  rows: Int32Array;
  /** Places whose row is in the same cell as the one before. */
  ties: readonly number[];
}

/**
 * Sorts rows by their cells in their `box`, the last axis slowest; stable. `undefined` when the box is too large.
 * `axes` hold row r at `start + r`. A cell and its row share one number, so that a single array is sorted.
 */
export function orderByCell(
  axes: readonly Int32Array[],
  box: Box,
  start: number,
  count: number,
): CellOrder | undefined {
  if (order.length < count) {
    order = new Int32Array(count * 2);
    packed = new Int32Array(count * 2);
    moved = new Int32Array(count * 2);
  }
  const cells = cellsOfBox(box);
  const rowBits = 32 - Math.clz32(count - 1);
  if (cells * 2 ** rowBits > 2 ** 31) return orderWide(axes, box, start, count, cells);
  placeInBox(axes, box, start, count, rowBits);
  if (count <= few) sortFew(count);
  else sortDigits(count, rowBits, cells);
  const mask = 2 ** rowBits - 1;
  let ties: number[] | undefined;
  let last = -1;
  for (let place = 0; place < count; place++) {
    const number = packed[place] as number;
    order[place] = number & mask;
    const cell = number >> rowBits;
    if (cell === last) {
      ties ??= [];
      ties.push(place);
    }
    last = cell;
  }
  return { rows: order, ties: ties ?? none };
}

/** Of boxes whose cells and rows need more than 31 bits; the runtime sorts doubles well. */
function orderWide(
  axes: readonly Int32Array[],
  { least, greatest }: Box,
  start: number,
  count: number,
  cells: number,
): CellOrder | undefined {
  if (cells * count > 2 ** 53) return undefined;
  const wide = new Float64Array(count);
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const values = axes[axis] as Int32Array;
    const first = least[axis] as number;
    const span = (greatest[axis] as number) - first + 1;
    for (let row = 0; row < count; row++) {
      wide[row] = (wide[row] as number) * span + ((values[start + row] as number) - first);
    }
  }
  for (let row = 0; row < count; row++) wide[row] = (wide[row] as number) * count + row;
  wide.sort();
  let ties: number[] | undefined;
  let last = -1;
  for (let place = 0; place < count; place++) {
    const cell = Math.floor((wide[place] as number) / count);
    order[place] = (wide[place] as number) - cell * count;
    if (cell === last) {
      ties ??= [];
      ties.push(place);
    }
    last = cell;
  }
  return { rows: order, ties: ties ?? none };
}

function cellsOfBox({ least, greatest }: Box): number {
  let cells = 1;
  for (let axis = 0; axis < least.length; axis++) {
    cells *= (greatest[axis] as number) - (least[axis] as number) + 1;
  }
  return cells;
}

/** Fills `packed`. */
function placeInBox(
  axes: readonly Int32Array[],
  { least, greatest }: Box,
  start: number,
  count: number,
  rowBits: number,
): void {
  if (axes.length === 3) {
    placeInBox3(axes as Int32Axes3, least, greatest, start, count, rowBits);
    return;
  }
  packed.fill(0, 0, count);
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const values = axes[axis] as Int32Array;
    const first = (least[axis] as number) | 0;
    const span = ((greatest[axis] as number) - first + 1) | 0;
    for (let row = 0; row < count; row++) {
      const above = ((values[start + row] as number) - first) | 0;
      packed[row] = (Math.imul(packed[row] as number, span) + above) | 0;
    }
  }
  for (let row = 0; row < count; row++) packed[row] = ((packed[row] as number) << rowBits) | row;
}

function placeInBox3(
  [xs, ys, zs]: Int32Axes3,
  least: Float64Array,
  greatest: Float64Array,
  start: number,
  count: number,
  rowBits: number,
): void {
  const [leastX, leastY, leastZ] = [
    (least[0] as number) | 0,
    (least[1] as number) | 0,
    (least[2] as number) | 0,
  ];
  const spanX = ((greatest[0] as number) - leastX + 1) | 0;
  const spanY = ((greatest[1] as number) - leastY + 1) | 0;
  for (let row = 0; row < count; row++) {
    const z = ((zs[start + row] as number) - leastZ) | 0;
    const y = (Math.imul(z, spanY) + (ys[start + row] as number) - leastY) | 0;
    const x = (Math.imul(y, spanX) + (xs[start + row] as number) - leastX) | 0;
    packed[row] = (x << rowBits) | row;
  }
}

function sortFew(count: number): void {
  for (let row = 1; row < count; row++) {
    const number = packed[row] as number;
    let place = row - 1;
    for (; place >= 0 && (packed[place] as number) > number; place--) {
      packed[place + 1] = packed[place] as number;
    }
    packed[place + 1] = number;
  }
}

/** By digits of the cell, as few and as short as will do: the rows below it are in order already. */
function sortDigits(count: number, rowBits: number, cells: number): void {
  const bits = 32 - Math.clz32(cells - 1);
  const width = Math.ceil(bits / Math.ceil(bits / 8));
  for (let shift = rowBits; shift < rowBits + bits; shift += width) sortDigit(count, shift, width);
}

function sortDigit(count: number, shift: number, width: number): void {
  const length = 2 ** width;
  const mask = length - 1;
  digits.fill(0, 0, length + 1);
  for (let i = 0; i < count; i++) {
    const next = (((packed[i] as number) >>> shift) & mask) + 1;
    digits[next] = (digits[next] as number) + 1;
  }
  for (let digit = 1; digit < length; digit++) {
    digits[digit] = (digits[digit] as number) + (digits[digit - 1] as number);
  }
  for (let i = 0; i < count; i++) {
    const number = packed[i] as number;
    const digit = (number >>> shift) & mask;
    const place = digits[digit] as number;
    digits[digit] = place + 1;
    moved[place] = number;
  }
  [packed, moved] = [moved, packed];
}
