import type { NumericType } from "./column-type.ts";

export type CoordinateType = "int32" | "int64" | "float32" | "float64";
export type AttributeType = NumericType | "string";

/** One axis of the points. A point's place is `offset + coordinate * resolution`, in `unit`. */
export interface Axis {
  name: string;
  unit?: string;
  resolution?: number;
  offset?: number;
}

/** The blocks of a regular grid, so that missing ones can be told. */
export interface Grid {
  /** Points per axis, in the order of the axes. */
  shape: number[];
  /** Of every block but the last of an axis, in the order of the axes. */
  blockShape: number[];
  /** Coordinate of the first block's first corner; zeros when absent. */
  origin?: number[];
}

/** What the rows of a dataset are. Written once, never changed. */
export interface Schema {
  /** One to four. */
  axes: Axis[];
  coordinates: CoordinateType;
  /** Name to type, in column order. */
  attributes: Record<string, AttributeType>;
  grid?: Grid;
  /** What it was made from and how, for people, and for tools that resume: they compare it. */
  about?: Record<string, string>;
}

/** Number of blocks of a grid. */
export function gridLength(grid: Grid): number {
  return blocksPerAxis(grid).reduce((product, count) => product * count, 1);
}

export function blocksPerAxis({ shape, blockShape }: Grid): number[] {
  return shape.map((size, axis) => Math.ceil(size / (blockShape[axis] ?? size)));
}

/**
 * Which block of the grid has this id, its number along each axis, as in `12_7_3`: counted from 0, the first axis fastest.
 * `undefined` when none has.
 */
export function blockNumber(grid: Grid, block: string): number | undefined {
  const counts = blocksPerAxis(grid);
  const numbers = block.split("_", counts.length + 1);
  if (numbers.length !== counts.length) return undefined;
  let place = 0;
  for (let axis = counts.length - 1; axis >= 0; axis--) {
    const [number, count] = [Number(numbers[axis]), counts[axis] as number];
    const plain = String(number) === numbers[axis] && Number.isInteger(number);
    if (!plain || number < 0 || number >= count) return undefined;
    place = place * count + number;
  }
  return place;
}
