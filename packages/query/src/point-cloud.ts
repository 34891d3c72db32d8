import {
  type ArrayOf,
  type AttributeType,
  type CoordinateType,
  type NumericArray,
  type NumericType,
  newArray,
  type RowGroup,
  type Schema,
} from "@pocaduck/format";
import { type BlockRange, BlockRanges } from "./block-ranges.ts";
import type { GroupRead } from "./group-reads.ts";

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

/** A cloud that row groups are decoded into. */
export class CloudBuilder {
  readonly #schema: Schema;
  readonly #positions: ArrayOf<CoordinateType>;
  readonly #attributes: [name: string, type: AttributeType, values: AttributeValues][];
  readonly #blocks = new BlockRanges();
  #length = 0;

  constructor(schema: Schema, capacity: number) {
    this.#schema = schema;
    this.#positions = newArray(schema.coordinates, capacity * schema.axes.length);
    this.#attributes = Object.entries(schema.attributes).map(([name, type]) => [
      name,
      type,
      type === "string" ? [] : newArray(type as NumericType, capacity),
    ]);
  }

  add(read: GroupRead, group: RowGroup): void {
    for (let at = 0; at < read.extents.length; ) {
      const start = read.extents[at]?.firstRow ?? 0;
      let end = start;
      while (at < read.extents.length && read.extents[at]?.firstRow === end) {
        end += read.extents[at++]?.rows ?? 0;
      }
      this.#addRows(group, start, end);
    }
  }

  finish(label: bigint, version: number, complete: boolean | undefined): PointCloud {
    const blocks = this.#blocks;
    const attributes = Object.fromEntries(
      this.#attributes.map(([name, , values]) => [name, values]),
    );
    return {
      label,
      length: this.#length,
      axes: this.#schema.axes.map(({ name }) => name),
      positions: this.#positions,
      attributes,
      get blocks() {
        return blocks.all();
      },
      version,
      ...(complete !== undefined && { complete }),
    };
  }

  #addRows(group: RowGroup, start: number, end: number): void {
    const axes = this.#schema.axes.length;
    const at = this.#length;
    for (let axis = 0; axis < axes; axis++) {
      group.numbers(2 + axis, start, end, this.#positions, at * axes + axis, axes);
    }
    for (const [index, [, , values]] of this.#attributes.entries()) {
      const column = 2 + axes + index;
      if (Array.isArray(values))
        for (const text of group.strings(column, start, end)) values.push(text);
      else group.numbers(column, start, end, values, at);
    }
    this.#blocks.add(group, start, end);
    this.#length += end - start;
  }
}
