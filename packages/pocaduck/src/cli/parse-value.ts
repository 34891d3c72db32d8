import { CommandError } from "./exit-codes.ts";

const largestLabel = 2n ** 64n - 1n;

/** A label in decimal digits, 0 to 2^64−1. `what` names the argument or option in the error. */
export function parseLabel(what: string, text: string): bigint {
  const label = /^\d+$/.test(text) ? BigInt(text) : -1n;
  if (label >= 0n && label <= largestLabel) return label;
  throw new CommandError(`expected ${what} to be 0 to ${largestLabel}, got "${text}"`, "usage");
}

/** A whole number from `least` to `most`, both included. */
export function parseInteger(what: string, text: string, least: number, most: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const bounds = `a whole number from ${least} to ${most}`;
  throw new CommandError(`expected ${what} to be ${bounds}, got "${text}"`, "usage");
}

/** Any number from `least` on. */
export function parseNumber(what: string, text: string, least: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && Number.isFinite(value)) return value;
  throw new CommandError(`expected ${what} to be a number from ${least}, got "${text}"`, "usage");
}

/** One of a few words. */
export function parseChoice<T extends string>(
  what: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new CommandError(`expected ${what} to be ${choices.join(", ")}, got "${text}"`, "usage");
}
