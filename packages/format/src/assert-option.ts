import { showValue } from "./show-value.ts";

/** Throws unless the option `name` is absent or an integer from `least`. */
export function assertCount(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw fault(name, `an integer from ${least}`, value);
}

/** Throws unless the option `name` is absent or a well-formed string. */
export function assertText(name: string, value: string | undefined): void {
  if (value === undefined || (typeof value === "string" && value.isWellFormed())) return;
  throw fault(name, "a well-formed string", value);
}

/** Throws unless the option `name` is absent or one of `values`. */
export function assertOneOf<T>(name: string, value: T | undefined, values: readonly T[]): void {
  if (value === undefined || values.includes(value)) return;
  throw fault(name, values.map(showValue).join(" or "), value);
}

function fault(name: string, expected: string, got: unknown): RangeError {
  return new RangeError(`Expected \`${name}\` to be ${expected}, got ${showValue(got)}`);
}
