import type { Triple } from "../block-layout.ts";
import { LabelmapError } from "../errors.ts";
import type { Json } from "../json.ts";

/** A member of an object that has to be there, though it may be null. */
export function field(value: Json | undefined, name: string): Json {
  const found =
    typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
  if (found !== undefined) return found;
  throw new LabelmapError("corrupt", `DVID's answer has no ${name}`);
}

export function text(value: Json | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw new LabelmapError("corrupt", `${what} is no text: ${String(value)}`);
}

export function integer(value: Json, what: string, from: number, to: number): number {
  const found = Number(value);
  if (Number.isInteger(found) && found >= from && found <= to) return found;
  throw new LabelmapError(
    "corrupt",
    `${what} is no integer from ${from} to ${to}: ${String(value)}`,
  );
}

export function triple(value: Json, what: string): Triple {
  const [x, y, z] = Array.isArray(value) ? value : [];
  if ([x, y, z].every(Number.isFinite)) return [Number(x), Number(y), Number(z)];
  throw new LabelmapError("corrupt", `${what} is no triple: ${JSON.stringify(String(value))}`);
}
