export type IndexErrorCode =
  /** The builder's process failed or was killed. */
  | "build-failed"
  /** An index or extents file is not what its dataset says. */
  | "corrupt"
  /** There is no file where an index should be. */
  | "not-found"
  /** A query that DuckDB refuses. */
  | "invalid-query";

/** Branch on {@link IndexError.code}: codes are stable within a major version, messages are not. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  readonly code: IndexErrorCode;

  constructor(code: IndexErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: two copies of this package may be loaded. */
export function isIndexError(error: unknown, ...codes: IndexErrorCode[]): error is IndexError {
  if (!(error instanceof Error) || error.name !== "IndexError") return false;
  return codes.length === 0 || codes.includes((error as IndexError).code);
}

/** Whatever made a build fail, as an error of ours. */
export function buildFailure(cause: unknown): IndexError {
  if (isIndexError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new IndexError("build-failed", `The index builder failed: ${reason}`, { cause });
}
