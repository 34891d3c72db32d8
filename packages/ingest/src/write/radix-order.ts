/** Rows up to which an insertion sort beats counting digits. */
const few = 40;
/** Cells of a box up to which a cell and one of a few rows fit in one number. */
const packable = 1 << 25;
const rowBits = 6;

let keys = new Int32Array(1024);
let order = new Int32Array(1024);
let otherKeys = new Int32Array(1024);
let otherOrder = new Int32Array(1024);
const digits = new Int32Array(257);

/** Rows sorted by key: `order[i]` is the row at place i, `keys[i]` its key. Reused by the next call. */
export interface SortedRows {
  keys: Int32Array;
  order: Int32Array;
}

/**
 * Sorts rows by their cells in a box, the last axis slowest; stable. `undefined` when the box has 2^31 cells or more.
 * `axes` hold row r at `start + r`.
 */
export function sortByCell(
  axes: readonly Int32Array[],
  start: number,
  count: number,
): SortedRows | undefined {
  if (keys.length < count) {
    keys = new Int32Array(count * 2);
    order = new Int32Array(count * 2);
    otherKeys = new Int32Array(count * 2);
    otherOrder = new Int32Array(count * 2);
  }
  const cells = placeInBox(axes, start, count);
  if (cells === undefined) return undefined;
  if (count <= few && cells <= packable) {
    sortFew(count);
    return { keys, order };
  }
  for (let row = 0; row < count; row++) order[row] = row;
  for (let shift = 0; shift < 31 && (cells - 1) >>> shift > 0; shift += 8) {
    sortDigit(count, shift);
  }
  return { keys, order };
}

/** Fills `keys`; returns how many cells the rows' bounding box has. */
function placeInBox(axes: readonly Int32Array[], start: number, count: number): number | undefined {
  let cells = 1;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const values = axes[axis] as Int32Array;
    let least = values[start] as number;
    let greatest = least;
    for (let at = start + 1; at < start + count; at++) {
      const value = values[at] as number;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const span = greatest - least + 1;
    cells *= span;
    if (cells > 0x7fffffff) return undefined;
    if (axis === axes.length - 1) {
      for (let row = 0; row < count; row++) keys[row] = (values[start + row] as number) - least;
    } else {
      for (let row = 0; row < count; row++) {
        keys[row] = Math.imul(keys[row] as number, span) + (values[start + row] as number) - least;
      }
    }
  }
  return cells;
}

/** Cell and row share a number, so that one array moves. */
function sortFew(count: number): void {
  keys[0] = (keys[0] as number) << rowBits;
  for (let row = 1; row < count; row++) {
    const packed = ((keys[row] as number) << rowBits) | row;
    let place = row - 1;
    for (; place >= 0 && (keys[place] as number) > packed; place--) {
      keys[place + 1] = keys[place] as number;
    }
    keys[place + 1] = packed;
  }
  for (let place = 0; place < count; place++) {
    const packed = keys[place] as number;
    keys[place] = packed >>> rowBits;
    order[place] = packed & ((1 << rowBits) - 1);
  }
}

function sortDigit(count: number, shift: number): void {
  digits.fill(0);
  for (let i = 0; i < count; i++) {
    const next = (((keys[i] as number) >>> shift) & 255) + 1;
    digits[next] = (digits[next] as number) + 1;
  }
  for (let digit = 1; digit < 257; digit++) {
    digits[digit] = (digits[digit] as number) + (digits[digit - 1] as number);
  }
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    const digit = (key >>> shift) & 255;
    const place = digits[digit] as number;
    digits[digit] = place + 1;
    otherKeys[place] = key;
    otherOrder[place] = order[i] as number;
  }
  [keys, otherKeys] = [otherKeys, keys];
  [order, otherOrder] = [otherOrder, order];
}
