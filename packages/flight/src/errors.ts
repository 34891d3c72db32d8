/** What went wrong; the same on both ends, since each travels as a gRPC status. */
export type FlightErrorCode =
  | "aborted"
  | "already-exists"
  | "cancelled"
  | "corrupt"
  | "failed-precondition"
  | "forbidden"
  | "internal"
  | "invalid-argument"
  | "not-found"
  | "timeout"
  | "too-large"
  | "unauthenticated"
  | "unavailable"
  | "unsupported";

/** Branch on {@link FlightError.code}: codes are stable within a major version, messages are not. */
export class FlightError extends Error {
  override readonly name = "FlightError";
  readonly code: FlightErrorCode;

  constructor(code: FlightErrorCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: there may be two copies of this package. */
export function isFlightError(error: unknown, ...codes: FlightErrorCode[]): error is FlightError {
  if (!(error instanceof Error) || error.name !== "FlightError") return false;
  return codes.length === 0 || codes.includes((error as FlightError).code);
}
