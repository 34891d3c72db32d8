import { remedyFor } from "./remedy.ts";

export type FormatErrorCode = "corrupt" | "unsupported-version";

/** Branch on {@link FormatError.code}: codes are stable within a major version, messages are not. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly code: FormatErrorCode;
  /** The object at fault. */
  readonly key: string;
  /** What is wrong with it: the message without the key, and without what can be done about it. */
  readonly reason: string;

  constructor(code: FormatErrorCode, key: string, reason: string, options?: ErrorOptions) {
    const remedy = code === "corrupt" ? remedyFor(key) : undefined;
    super(`${JSON.stringify(key)}: ${reason}${remedy ? `; ${remedy}` : ""}`, options);
    this.code = code;
    this.key = key;
    this.reason = reason;
  }
}

/** By name, not `instanceof`: two copies of this package may be loaded. */
export function isFormatError(error: unknown, ...codes: FormatErrorCode[]): error is FormatError {
  if (!(error instanceof Error) || error.name !== "FormatError") return false;
  return codes.length === 0 || codes.includes((error as FormatError).code);
}
