import type { Attribute, AttributeValues } from "./model.ts";

export function valuesOf(attribute: Attribute): AttributeValues {
  return "nulls" in attribute ? attribute.values : attribute;
}

/** 1 for each unknown value; undefined when none is. */
export function nullsOf(attribute: Attribute): Uint8Array | undefined {
  return "nulls" in attribute ? attribute.nulls : undefined;
}

export function sliceAttribute(attribute: Attribute, start: number, end: number): Attribute {
  if (!("nulls" in attribute)) return attribute.slice(start, end);
  const { values, nulls } = attribute;
  return { values: values.slice(start, end), nulls: nulls.slice(start, end) };
}

/** Null where unknown; booleans as such. */
export function cellAt(
  attribute: Attribute,
  row: number,
): string | number | bigint | boolean | null {
  if (nullsOf(attribute)?.[row] === 1) return null;
  const values = valuesOf(attribute);
  const value = values[row] ?? null;
  return values instanceof Uint8Array ? value === 1 : value;
}
