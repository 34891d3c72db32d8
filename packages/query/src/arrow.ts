import {
  type Data,
  Field,
  FixedSizeList,
  type Int32,
  makeData,
  makeVector,
  Table,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import type { PointCloud } from "./point-cloud.ts";

/**
 * A cloud as an Arrow table: `position`, a fixed-size list a point, and a column an attribute. Typed arrays
 * are handed over, not copied.
 */
export function toArrow(cloud: PointCloud): Table {
  const { length, axes, positions, attributes } = cloud;
  // Typed as one of the coordinate types for all: the list does not look into its child.
  const child = makeVector(positions as Int32Array).data[0] as Data<Int32>;
  const type = new FixedSizeList(axes.length, new Field("item", child.type, false));
  const position = makeData({ type, length, nullCount: 0, child });
  const columns: Record<string, Vector> = { position: new Vector([position]) };
  for (const [name, values] of Object.entries(attributes)) {
    columns[name] = Array.isArray(values)
      ? vectorFromArray(values, new Utf8())
      : makeVector(values as Int32Array);
  }
  return new Table(columns);
}
