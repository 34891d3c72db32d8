import { LabelmapError } from "./errors.ts";

/** Integers past 2^53 are bigints, since a number would be another label. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | Json[]
  | { readonly [key: string]: Json };

type Reviver = (key: string, value: Json, context: { source?: string }) => Json;

/** @throws {LabelmapError} `corrupt` when `text` is not JSON. */
export function parseJson(text: string): Json {
  const exact: Reviver = (_, value, { source = "" }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value;
  try {
    return JSON.parse(text, exact as (key: string, value: Json) => Json);
  } catch (cause) {
    throw new LabelmapError("corrupt", `not JSON: ${text.slice(0, 80)}`, { cause });
  }
}

/** A JSON array of bare digits, as DVID wants ids. */
export function formatIds(ids: Iterable<bigint>): string {
  return `[${Array.from(ids, String).join(",")}]`;
}

/** @throws {LabelmapError} `corrupt` unless `value` is an id. */
export function asId(value: Json | undefined, what: string): bigint {
  const id =
    typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value as number) : -1n;
  if (id >= 0n && id < 1n << 64n) return id;
  throw new LabelmapError("corrupt", `${what} is no id: ${String(value)}`);
}
