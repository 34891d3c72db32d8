import {
  type AttributeType,
  type Axis,
  assertSchema,
  type Grid,
  type Schema,
} from "@pocaduck/format";
import { CommandError } from "./exit-codes.ts";

/** `name[:resolution[:unit[:offset]]]` */
export function parseAxis(text: string): Axis {
  const [name = "", resolution, unit, offset, ...rest] = text.split(":");
  const [size, first] = [resolution, offset].map(parseNumber);
  if (rest.length > 0 || (size !== undefined && !(size > 0)) || Number.isNaN(first)) {
    throw usage("--axes", "name[:resolution[:unit[:offset]]], as in x:8:nm", text);
  }
  return {
    name,
    ...(size !== undefined && { resolution: size }),
    ...(unit && { unit }),
    ...(first !== undefined && { offset: first }),
  };
}

/** `name:type` each; what types there are is the schema's to say. */
export function parseAttributes(texts: readonly string[]): Record<string, AttributeType> {
  const attributes = new Map<string, AttributeType>();
  for (const text of texts) {
    const [name, type, ...rest] = text.split(":");
    if (!name || !type || rest.length > 0) {
      throw usage("--attribute", "name:type, as in supervoxel:uint64", text);
    }
    if (attributes.has(name)) {
      throw usage("--attribute", "another name each time", text);
    }
    attributes.set(name, type as AttributeType);
  }
  return Object.fromEntries(attributes);
}

/** `shape/block[/origin]`, a number an axis each. */
export function parseGrid(text: string): Grid {
  const parts = text.split("/").map((part) => part.split("x").map(parseNumber));
  const [shape, blockShape, origin] = parts as number[][];
  if (!shape || !blockShape || parts.length > 3 || parts.flat().some(Number.isNaN)) {
    throw usage("--grid", "shape/block or shape/block/origin, as in 512x512x300/64x64x64", text);
  }
  return { shape, blockShape, ...(origin && { origin }) };
}

/** `name=text` each. */
export function parseTexts(option: string, texts: readonly string[]): Record<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || found.has(name)) {
      throw usage(option, "name=text, another name each time", text);
    }
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

const optionOfPart: Readonly<Record<string, string>> = {
  axes: "--axes: ",
  coordinates: "--coordinates: ",
  attributes: "--attribute: ",
  grid: "--grid: ",
  about: "--about: ",
};

/** @throws {CommandError} `usage` for a schema that cannot be; the message names the option of the part at fault. */
export function assertSchemaOfOptions(schema: Schema): void {
  try {
    assertSchema(schema);
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    const [, part = ""] = /^Expected `(\w+)/.exec(cause.message) ?? [];
    throw new CommandError(`${optionOfPart[part] ?? ""}${cause.message}`, "usage", { cause });
  }
}

/** NaN where it is none. */
function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text.trim() === "" ? Number.NaN : Number(text);
}

function usage(option: string, expected: string, got: string): CommandError {
  return new CommandError(`expected ${option} to be ${expected}, got "${got}"`, "usage");
}
