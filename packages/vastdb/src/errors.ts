/** What went wrong, whatever the status it came with. */
export type VastErrorCode =
  | "conflict"
  | "corrupt"
  | "forbidden"
  | "full"
  | "import-failed"
  | "must-roll-back"
  | "not-found"
  | "rejected"
  | "schema-mismatch"
  | "too-large"
  | "unavailable"
  | "unknown-outcome"
  | "unsupported";

export type VastErrorDetails = ErrorOptions & {
  /** HTTP status, where the server gave one. */
  status?: number;
  /** The server's own code, such as `SlowDown`. */
  serverCode?: string;
  /** Whether the server may have acted on the request. */
  mayHaveActed?: boolean;
};

/** Branch on {@link VastError.code}: codes are stable within a major version, messages are not. */
export class VastError extends Error {
  override readonly name = "VastError";
  readonly code: VastErrorCode;
  readonly status: number | undefined;
  readonly serverCode: string | undefined;
  readonly mayHaveActed: boolean;

  constructor(code: VastErrorCode, reason: string, details: VastErrorDetails = {}) {
    super(reason, details);
    this.code = code;
    this.status = details.status;
    this.serverCode = details.serverCode;
    this.mayHaveActed = details.mayHaveActed ?? false;
  }
}

/** By name, not `instanceof`: there may be two copies of this package. */
export function isVastError(error: unknown, ...codes: VastErrorCode[]): error is VastError {
  if (!(error instanceof Error) || error.name !== "VastError") return false;
  return codes.length === 0 || codes.includes((error as VastError).code);
}
