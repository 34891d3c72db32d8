/**
 * - `other-export`: the sink holds another export, or tables of other columns
 * - `busy`: an export is under way, and there is one at a time
 * - `corrupt`: rows that arrived are not those that were sent, or what a sink holds is damaged
 * - `incomplete`: the export ended without all of its tasks
 * - `cancelled`: somebody ended the export
 * - `no-workers`: fewer workers than asked for came in time
 * - `empty`: the labelmap holds nothing, as far as anything tells
 * - `refused`: the peer said no, and will again
 * - `unavailable`: an address that cannot be listened on, or a sink that hangs
 */
export type ExportErrorCode =
  | "other-export"
  | "busy"
  | "corrupt"
  | "incomplete"
  | "cancelled"
  | "no-workers"
  | "empty"
  | "refused"
  | "unavailable";

/** Branch on {@link ExportError.code}: codes are stable within a major version, messages are not. */
export class ExportError extends Error {
  override readonly name = "ExportError";
  readonly code: ExportErrorCode;

  constructor(code: ExportErrorCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}

/** By name, not `instanceof`: there may be two copies of this package. */
export function isExportError(error: unknown, ...codes: ExportErrorCode[]): error is ExportError {
  if (!(error instanceof Error) || error.name !== "ExportError") return false;
  return codes.length === 0 || codes.includes((error as ExportError).code);
}
