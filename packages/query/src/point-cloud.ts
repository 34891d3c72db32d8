import {
  type ArrayOf,
  type CoordinateType,
  type NumericArray,
  newArray,
  type RowGroup,
  type Schema,
} from "@pocaduck/format";
import { type BlockRange, BlockRanges } from "./block-ranges.ts";

/** Values of one attribute, one a point. */
export type AttributeValues = NumericArray | string[];

/** All points of one label, or some of them. Its arrays are the caller's own. */
export interface PointCloud {
  label: bigint;
  /** Points. */
  length: number;
  /** Names of the axes. */
  axes: string[];
  /** Coordinates point after point, as in x0, y0, z0, x1, …; by block, in raster order within one. */
  positions: ArrayOf<CoordinateType>;
  attributes: Record<string, AttributeValues>;
  /** Which points are of which block; of small clouds decoded when first asked for. */
  readonly blocks: BlockRange[];
  version: number;
  /** Whether the version has every block of the grid; absent where the schema has no grid. */
  complete?: boolean;
}

/** A cloud that row groups are decoded into, in any order. */
export class CloudBuilder {
  /** Points. */
  readonly length: number;
  readonly blocks: BlockRanges = new BlockRanges();
  readonly #schema: Schema;
  readonly #positions: ArrayOf<CoordinateType>;
  readonly #attributes: [name: string, values: AttributeValues][];

  constructor(schema: Schema, length: number) {
    this.#schema = schema;
    this.length = length;
    this.#positions = newArray(schema.coordinates, length * schema.axes.length);
    this.#attributes = Object.entries(schema.attributes).map(([name, type]) => [
      name,
      type === "string" ? new Array<string>(length).fill("") : newArray(type, length),
    ]);
  }

  /** Rows `[start, end)` of `group` are the points from `at` on. */
  decode(group: RowGroup, start: number, end: number, at: number): void {
    const axes = this.#schema.axes.length;
    for (let axis = 0; axis < axes; axis++) {
      group.numbers(2 + axis, start, end, this.#positions, at * axes + axis, axes);
    }
    for (const [index, [, values]] of this.#attributes.entries()) {
      const column = 2 + axes + index;
      if (!Array.isArray(values)) group.numbers(column, start, end, values, at);
      else {
        for (const [row, text] of group.strings(column, start, end).entries()) {
          values[at + row] = text;
        }
      }
    }
  }

  /** Points `[start, start + count)` of `from` are the points from `at` on. */
  copy(from: CloudBuilder, start: number, count: number, at: number): void {
    const axes = this.#schema.axes.length;
    copyRange(from.#positions, start * axes, count * axes, this.#positions, at * axes);
    for (const [index, [, values]] of this.#attributes.entries()) {
      const source = from.#attributes[index]?.[1] ?? [];
      if (!Array.isArray(values)) copyRange(source, start, count, values, at);
      else for (let i = 0; i < count; i++) values[at + i] = source[start + i] as string;
    }
  }

  finish(label: bigint, version: number, complete: boolean | undefined): PointCloud {
    const { blocks, length } = this;
    return {
      label,
      length,
      axes: this.#schema.axes.map(({ name }) => name),
      positions: this.#positions,
      attributes: Object.fromEntries(this.#attributes),
      get blocks() {
        return blocks.all();
      },
      version,
      ...(complete !== undefined && { complete }),
    };
  }
}

function copyRange(
  from: AttributeValues,
  start: number,
  count: number,
  to: NumericArray,
  at: number,
): void {
  // For a few values a loop is faster than a view and a call.
  if (count < 32 || Array.isArray(from)) {
    for (let i = 0; i < count; i++) to[at + i] = from[start + i] as never;
  } else to.set(from.subarray(start, start + count) as never, at);
}
