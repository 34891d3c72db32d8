/** What went wrong: in bytes (the first three), or between us and DVID. */
export type LabelmapErrorCode =
  | "corrupt"
  | "too-large"
  | "unsupported"
  | "not-found"
  | "rejected"
  | "forbidden"
  | "ambiguous"
  | "unlocked"
  | "unavailable";

/** Branch on {@link LabelmapError.code}: codes are stable within a major version, messages are not. */
export class LabelmapError extends Error {
  override readonly name = "LabelmapError";
  readonly code: LabelmapErrorCode;

  constructor(code: LabelmapErrorCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: there may be two copies of this package. */
export function isLabelmapError(
  error: unknown,
  ...codes: LabelmapErrorCode[]
): error is LabelmapError {
  if (!(error instanceof Error) || error.name !== "LabelmapError") return false;
  return codes.length === 0 || codes.includes((error as LabelmapError).code);
}
