export type QueryErrorCode =
  /** No dataset where one was to be opened. */
  | "not-found"
  /** A dataset without any published version. */
  | "unpublished"
  /** A version that does not exist. */
  | "unknown-version"
  /** A block that the version does not have. */
  | "unknown-block";

/** Branch on {@link QueryError.code}: codes are stable within a major version, messages are not. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly code: QueryErrorCode;

  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: two copies of this package may be loaded. */
export function isQueryError(error: unknown, ...codes: QueryErrorCode[]): error is QueryError {
  if (!(error instanceof Error) || error.name !== "QueryError") return false;
  return codes.length === 0 || codes.includes((error as QueryError).code);
}
