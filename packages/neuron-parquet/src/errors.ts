/**
 * What went wrong, for a program to branch on.
 * `unreadable`: the bytes could not be had. `not-parquet`, `truncated`, `corrupt`, `unsupported`: the container.
 * `wrong-columns`, `mixed-types`, `null-neuron`, `duplicate-id`: the table. `invalid-neuron`, `invalid-id`, `invalid-metadata`:
 * one neuron. `invalid-swc`, `invalid-input`: a text or a foreign format. `unsafe-archive`, `too-large`: refused for safety.
 */
export type NeuronErrorCode =
  | "unreadable"
  | "not-parquet"
  | "truncated"
  | "corrupt"
  | "unsupported"
  | "wrong-columns"
  | "mixed-types"
  | "null-neuron"
  | "duplicate-id"
  | "not-found"
  | "invalid-neuron"
  | "invalid-id"
  | "invalid-metadata"
  | "invalid-swc"
  | "invalid-input"
  | "unsafe-archive"
  | "too-large";

/** Where it went wrong; `row` counts from 0, or is the line number, from 1, of a text file. */
export interface ErrorPlace {
  file?: string | undefined;
  neuron?: bigint | number | string | undefined;
  row?: number | undefined;
}

/** Branch on {@link NeuronError.code}: codes are stable within a major version, messages are not. */
export class NeuronError extends Error {
  override readonly name = "NeuronError";
  readonly code: NeuronErrorCode;
  readonly reason: string;
  readonly file: string | undefined;
  readonly neuron: bigint | number | string | undefined;
  readonly row: number | undefined;

  constructor(
    code: NeuronErrorCode,
    reason: string,
    place: ErrorPlace = {},
    options?: ErrorOptions,
  ) {
    super(describe(code, reason, place), options);
    this.code = code;
    this.reason = reason;
    this.file = place.file;
    this.neuron = place.neuron;
    this.row = place.row;
  }
}

/** By name, not `instanceof`: two copies of this package may meet in one program. */
export function isNeuronError(error: unknown, ...codes: NeuronErrorCode[]): error is NeuronError {
  if (!(error instanceof Error) || error.name !== "NeuronError") return false;
  return codes.length === 0 || codes.includes((error as NeuronError).code);
}

/** The same error with the places filled in that were not known deeper down. */
export function placed(error: unknown, place: ErrorPlace): unknown {
  if (isNeuronError(error)) {
    const { file = place.file, neuron = place.neuron, row = place.row } = error;
    if (file === error.file && neuron === error.neuron && row === error.row) return error;
    return new NeuronError(error.code, error.reason, { file, neuron, row }, { cause: error });
  }
  // A DataView or typed array read past its end: the file claims more than it has. Ours tell of arguments.
  if (error instanceof RangeError && !error.message.startsWith("Expected ")) {
    return new NeuronError("corrupt", `reads past its end (${error.message})`, place, {
      cause: error,
    });
  }
  return error;
}

/** The same error with the name of the file that is written, unless it tells of a neuron or of the file that was read. */
export function placedOutput(error: unknown, file: string): unknown {
  if (!isNeuronError(error) || error.neuron !== undefined) return error;
  return placed(error, { file });
}

/** Errors of texts count lines. */
const TEXTS: readonly NeuronErrorCode[] = ["invalid-swc", "invalid-input"];

function describe(
  code: NeuronErrorCode,
  reason: string,
  { file, neuron, row }: ErrorPlace,
): string {
  const where = [
    file === undefined ? "" : JSON.stringify(file),
    neuron === undefined ? "" : `neuron ${neuron}`,
    row === undefined ? "" : `${TEXTS.includes(code) ? "line" : "row"} ${row}`,
  ].filter((part) => part !== "");
  return where.length === 0 ? reason : `${where.join(", ")}: ${reason}`;
}
