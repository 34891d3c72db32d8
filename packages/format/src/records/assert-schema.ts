import { numericTypes } from "../column-type.ts";
import { type AttributeType, type CoordinateType, gridLength, type Schema } from "../schema.ts";
import { showValue } from "../show-value.ts";

export const coordinateTypes: readonly CoordinateType[] = ["int32", "int64", "float32", "float64"];
export const attributeTypes: readonly AttributeType[] = [...numericTypes, "string"];

/** Columns of ours, members of what callers hand over beside the attributes, and what no object can have. */
const reserved = ["label", "block", "labels", "positions", "__proto__"];

/** Checks what a caller hands over, whatever its type says; the message names the part at fault. */
export function assertSchema(schema: Schema): void {
  members("schema", schema, ["axes", "coordinates", "attributes", "grid", "about"]);
  const { axes, coordinates, attributes, grid, about } = schema;
  list("axes", axes);
  if (axes.length < 1 || axes.length > 4) {
    throw new RangeError(`Expected \`axes\` to be 1 to 4 axes, got ${axes.length}`);
  }
  for (const [at, axis] of axes.entries()) assertAxis(`axes[${at}]`, axis);
  if (!coordinateTypes.includes(coordinates)) {
    throw unfit("coordinates", coordinateTypes.join(", "), coordinates);
  }
  members("attributes", attributes);
  for (const [name, type] of Object.entries(attributes)) {
    if (!attributeTypes.includes(type)) {
      throw unfit(`attributes.${name}`, attributeTypes.join(", "), type);
    }
  }
  assertNames([
    ...axes.map((axis, at): [string, string] => [`axes[${at}].name`, axis.name]),
    ...Object.keys(attributes).map((name): [string, string] => ["attributes", name]),
  ]);
  if (grid !== undefined) assertGrid(grid, axes.length);
  if (about === undefined) return;
  members("about", about);
  for (const [name, value] of Object.entries(about)) {
    if (typeof value !== "string") throw unfit(`about.${name}`, "a string", value);
  }
}

function assertAxis(path: string, axis: Schema["axes"][number]): void {
  if (typeof axis === "string") throw unfit(path, 'an object, as in { name: "x" }', axis);
  members(path, axis, ["name", "unit", "resolution", "offset"]);
  const { name, unit, resolution, offset } = axis;
  if (typeof name !== "string") throw unfit(`${path}.name`, "a string", name);
  if (unit !== undefined && typeof unit !== "string") throw unfit(`${path}.unit`, "a string", unit);
  if (resolution !== undefined && !(finite(resolution) && resolution > 0)) {
    throw unfit(`${path}.resolution`, "a finite number above 0", resolution);
  }
  if (offset !== undefined && !finite(offset)) {
    throw unfit(`${path}.offset`, "a finite number", offset);
  }
}

function assertNames(names: readonly [path: string, name: string][]): void {
  const taken = new Set<string>();
  for (const [path, name] of names) {
    if (!/^[^\s"'`;,.\\/]{1,64}$/u.test(name) || !name.isWellFormed()) {
      const rule = "a column name of 1 to 64 characters without spaces, quotes or . , ; / \\";
      throw unfit(path, rule, name);
    }
    if (reserved.includes(name.toLowerCase())) {
      throw unfit(path, `another name than ${reserved.join(", ")}`, name);
    }
    if (taken.has(name.toLowerCase())) {
      throw new RangeError(`Expected \`${path}\` to be distinct, got ${showValue(name)} twice`);
    }
    taken.add(name.toLowerCase());
  }
}

function assertGrid(grid: NonNullable<Schema["grid"]>, axes: number): void {
  members("grid", grid, ["shape", "blockShape", "origin"]);
  const { shape, blockShape, origin } = grid;
  for (const [name, sizes] of Object.entries({ shape, blockShape })) {
    list(`grid.${name}`, sizes);
    if (sizes.length !== axes || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
      throw new RangeError(
        `Expected \`grid.${name}\` to be ${axes} integers above 0, got [${sizes.map(showValue)}]`,
      );
    }
  }
  if (!Number.isSafeInteger(gridLength(grid))) {
    throw new RangeError(
      `Expected \`grid\` to have at most 2^53-1 blocks, got ${gridLength(grid)}`,
    );
  }
  if (origin === undefined) return;
  list("grid.origin", origin);
  if (origin.length !== axes || !origin.every(finite)) {
    throw new RangeError(
      `Expected \`grid.origin\` to be ${axes} finite numbers, got [${origin.map(showValue)}]`,
    );
  }
}

/** An object, with no members but `known` where these are given. */
function members(path: string, value: object, known?: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unfit(path, "an object", value);
  }
  const stray = known && Object.keys(value).find((name) => !known.includes(name));
  if (stray !== undefined) {
    const names = known?.join(", ");
    throw new TypeError(`Expected \`${path}\` to have ${names} alone, got \`${stray}\` too`);
  }
}

function list(path: string, value: readonly unknown[]): void {
  if (!Array.isArray(value)) throw unfit(path, "a list", value);
}

function finite(value: unknown): value is number {
  return Number.isFinite(value);
}

function unfit(path: string, expected: string, got: unknown): TypeError | RangeError {
  const message = `Expected \`${path}\` to be ${expected}, got ${showValue(got)}`;
  return typeof got === "number" || typeof got === "string"
    ? new RangeError(message)
    : new TypeError(message);
}
