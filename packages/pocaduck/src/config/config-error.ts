export type ConfigErrorCode = "invalid-config" | "invalid-url" | "missing-package";

/** The user's settings, or the address of a store, cannot be used as they are. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
