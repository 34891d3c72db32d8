import type { AttributeType } from "@pocaduck/format";
import { CommandError } from "../cli/exit-codes.ts";
import type { CloudSource } from "./cloud-source.ts";

/** PLY has no 64-bit integers and no strings: attributes of those types stay out. */
const plyTypes: Partial<Record<AttributeType, [name: string, size: number]>> = {
  int8: ["char", 1],
  uint8: ["uchar", 1],
  int16: ["short", 2],
  uint16: ["ushort", 2],
  int32: ["int", 4],
  uint32: ["uint", 4],
  float32: ["float", 4],
  float64: ["double", 8],
};

/** Binary PLY, the coordinates in their own type. */
export async function* toPly({ length, schema, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const coordinate = plyTypes[schema.coordinates];
  if (!coordinate) {
    throw new CommandError("PLY cannot hold 64-bit coordinates: use npy, parquet or arrow");
  }
  const attributes = Object.entries(schema.attributes).flatMap(([name, type]) => {
    const ply = plyTypes[type];
    return ply ? [{ name, type: ply[0], size: ply[1] }] : [];
  });
  const properties = [
    ...schema.axes.map(({ name }) => `property ${coordinate[0]} ${name}`),
    ...attributes.map(({ name, type }) => `property ${type} ${name}`),
  ];
  const head = [
    "ply",
    "format binary_little_endian 1.0",
    `element vertex ${length}`,
    ...properties,
  ];
  yield new TextEncoder().encode(`${[...head, "end_header"].join("\n")}\n`);
  const axes = schema.axes.length;
  const [type, width] = coordinate;
  const size = axes * width + attributes.reduce((sum, attribute) => sum + attribute.size, 0);
  for await (const cloud of parts()) {
    const view = new DataView(new ArrayBuffer(cloud.length * size));
    let at = 0;
    for (let point = 0; point < cloud.length; point++) {
      for (let axis = 0; axis < axes; axis++, at += width) {
        put(view, at, type, Number(cloud.positions[point * axes + axis]));
      }
      for (const attribute of attributes) {
        put(view, at, attribute.type, Number(cloud.attributes[attribute.name]?.[point]));
        at += attribute.size;
      }
    }
    yield new Uint8Array(view.buffer);
  }
}

function put(view: DataView, at: number, type: string, value: number): void {
  if (type === "float") view.setFloat32(at, value, true);
  else if (type === "double") view.setFloat64(at, value, true);
  else if (type === "int" || type === "uint") view.setInt32(at, value, true);
  else if (type === "short" || type === "ushort") view.setInt16(at, value, true);
  else view.setInt8(at, value);
}
