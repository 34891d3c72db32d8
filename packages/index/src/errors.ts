export type IndexErrorCode =
  /** The builder's process failed or was killed. */
  | "build-failed"
  /** An index file is not what its dataset says. */
  | "corrupt"
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
