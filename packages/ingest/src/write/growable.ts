import { type ArrayOf, type NumericArray, type NumericType, newArray } from "@pocaduck/format";

/** The bytes of numeric values as integers of at most 32 bits, which move and compare without bigints. */
export type Cells = Int8Array | Int16Array | Int32Array;

export function cellsOf({
  buffer,
  byteOffset,
  byteLength,
  BYTES_PER_ELEMENT,
}: NumericArray): Cells {
  if (BYTES_PER_ELEMENT === 1) return new Int8Array(buffer, byteOffset, byteLength);
  if (BYTES_PER_ELEMENT === 2) return new Int16Array(buffer, byteOffset, byteLength >> 1);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** A typed array that grows; its memory is kept when it is emptied. */
export class Growable<T extends NumericType> {
  readonly type: T;
  values: ArrayOf<T>;
  cells: Cells;
  /** Cells of a value: 2 for 64-bit types, else 1. */
  readonly width: number;

  constructor(type: T, capacity = 1024) {
    this.type = type;
    this.values = newArray(type, capacity);
    this.cells = cellsOf(this.values);
    this.width = this.values.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  }

  /** Makes room for `length` values, keeping the first `used`; when it has to grow, for `room` values at least. */
  reserve(length: number, used: number, room = 0): void {
    if (length <= this.values.length) return;
    const grown = newArray(this.type, Math.max(length, room, this.values.length * 2));
    const cells = cellsOf(grown);
    cells.set(this.cells.subarray(0, used * this.width));
    this.values = grown;
    this.cells = cells;
  }
}
