import type { Column } from "../column-type.ts";
import { FormatError } from "../errors.ts";
import { decodeSealedJson, encodeSealedJson } from "../json.ts";
import { datasetKey } from "../layout.ts";
import type { AttributeType, Axis, Grid, Schema } from "../schema.ts";
import { Shape } from "../shape.ts";
import { assertSchema, attributeTypes, coordinateTypes } from "./assert-schema.ts";

/** Raised when an older reader would give wrong answers. */
export const formatVersion = 1;

/** Columns of a points file, in order. */
export function pointColumns({ axes, coordinates, attributes }: Schema): Column[] {
  return [
    { name: "label", type: "uint64" },
    { name: "block", type: "string" },
    ...axes.map(({ name }): Column => ({ name, type: coordinates })),
    ...Object.entries(attributes).map(([name, type]): Column => ({ name, type })),
  ];
}

/** `id` is unique to whoever creates the dataset, so that of two creators one knows that it lost. */
export function encodeDataset(schema: Schema, id: string): Uint8Array {
  assertSchema(schema);
  return encodeSealedJson({ format: "pocaduck", formatVersion, id, ...schema });
}

/** @throws {FormatError} `unsupported-version` when a newer release wrote it; `corrupt` when damaged. */
export function decodeDataset(bytes: Uint8Array): Schema {
  const shape = new Shape(datasetKey, decodeSealedJson(datasetKey, bytes));
  assertVersion(datasetKey, shape);
  return decodeSchema(datasetKey, shape);
}

/** The members of a schema out of a record at `key`. */
export function decodeSchema(key: string, shape: Shape): Schema {
  const attributes: Record<string, AttributeType> = {};
  const listed = shape.object("attributes");
  for (const name of listed.names()) attributes[name] = listed.oneOf(name, attributeTypes);
  const schema: Schema = {
    axes: shape.objects("axes").map(decodeAxis),
    coordinates: shape.oneOf("coordinates", coordinateTypes),
    attributes,
    ...(shape.has("grid") && { grid: decodeGrid(shape.object("grid")) }),
    ...(shape.has("about") && { about: decodeAbout(shape.object("about")) }),
  };
  try {
    assertSchema(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("corrupt", key, reason, { cause });
  }
  return schema;
}

/** @throws {FormatError} unless the record says it is of a format this release reads. */
export function assertVersion(key: string, shape: Shape): void {
  if (shape.string("format") !== "pocaduck") {
    throw new FormatError("corrupt", key, `is of format ${JSON.stringify(shape.string("format"))}`);
  }
  const version = shape.count("formatVersion");
  if (version !== formatVersion) {
    throw new FormatError(
      "unsupported-version",
      key,
      `has format version ${version}, this release reads ${formatVersion}: install a newer one`,
    );
  }
}

function decodeAxis(shape: Shape): Axis {
  const axis: Axis = { name: shape.string("name") };
  if (shape.has("unit")) axis.unit = shape.string("unit");
  if (shape.has("resolution")) axis.resolution = shape.number("resolution");
  if (shape.has("offset")) axis.offset = shape.number("offset");
  return axis;
}

function decodeAbout(shape: Shape): Record<string, string> {
  return Object.fromEntries(shape.names().map((name) => [name, shape.string(name)]));
}

function decodeGrid(shape: Shape): Grid {
  const grid: Grid = { shape: shape.counts("shape"), blockShape: shape.counts("blockShape") };
  if (shape.has("origin")) grid.origin = shape.numbers("origin");
  return grid;
}
