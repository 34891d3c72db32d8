import { newArray, type Schema } from "@pocaduck/format";
import type { PointCloud } from "@pocaduck/query";

/** No points, in the shape of the schema. */
export function emptyCloud({ axes, coordinates, attributes }: Schema, label: bigint): PointCloud {
  return {
    label,
    length: 0,
    axes: axes.map(({ name }) => name),
    positions: newArray(coordinates, 0),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, type]) => [
        name,
        type === "string" ? [] : newArray(type, 0),
      ]),
    ),
    blocks: [],
    version: 0,
  };
}
