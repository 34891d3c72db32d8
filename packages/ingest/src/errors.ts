export type IngestErrorCode =
  /** The dataset to create is there already. */
  | "exists"
  /** No dataset where one was to be opened. */
  | "not-found"
  /** Rows that do not fit the schema. */
  | "invalid-input"
  /** A block written to after the commit that completed it. */
  | "committed"
  /** The ingestor is closed, or an earlier failure broke it. */
  | "closed"
  /** No commit to publish. */
  | "nothing-to-publish"
  /** Other publishers won every attempt. */
  | "conflict"
  /** The store lets a conditional create overwrite. */
  | "unsafe-store";

/** Branch on {@link IngestError.code}: codes are stable within a major version, messages are not. */
export class IngestError extends Error {
  override readonly name = "IngestError";
  readonly code: IngestErrorCode;

  constructor(code: IngestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: two copies of this package may be loaded. */
export function isIngestError(error: unknown, ...codes: IngestErrorCode[]): error is IngestError {
  if (!(error instanceof Error) || error.name !== "IngestError") return false;
  return codes.length === 0 || codes.includes((error as IngestError).code);
}
