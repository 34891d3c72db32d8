export type VolumeErrorCode = "not-found" | "invalid-metadata" | "unsupported" | "corrupt";

/** Branch on {@link VolumeError.code}: codes are stable within a major version, messages are not. */
export class VolumeError extends Error {
  override readonly name = "VolumeError";
  readonly code: VolumeErrorCode;
  /** The object at fault; the volume's path, which may be empty, where no single object is. */
  readonly key: string;

  constructor(code: VolumeErrorCode, key: string, reason: string, options?: ErrorOptions) {
    super(key === "" ? reason : `${JSON.stringify(key)}: ${reason}`, options);
    this.code = code;
    this.key = key;
  }
}

/** By name, not `instanceof`: two copies of this package may be loaded. */
export function isVolumeError(error: unknown, ...codes: VolumeErrorCode[]): error is VolumeError {
  if (!(error instanceof Error) || error.name !== "VolumeError") return false;
  return codes.length === 0 || codes.includes((error as VolumeError).code);
}
