import { redact, type Secrets } from "./redact.ts";

export interface RequestErrorFields {
  /** HTTP status; absent when no answer came. */
  status?: number | undefined;
  /** The server's or the system's name for the failure: `SlowDown`, `ECONNRESET`. */
  code?: string | undefined;
  requestId?: string | undefined;
  /** What `Retry-After` asks for. */
  retryAfterMs?: number | undefined;
  /** Size of the object, as told by a 416. */
  size?: number | undefined;
}

/**
 * One attempt that failed. Made anew from what a client library threw, never around it: their
 * errors carry signed headers and tokens.
 */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly size: number | undefined;
  readonly #text: string;
  readonly #about: string;

  constructor(message: string, fields: RequestErrorFields = {}) {
    const { status, code, requestId } = fields;
    const text = redact(message);
    const about = [status, code, requestId && `request ${requestId}`].filter(Boolean).join(", ");
    super(joined(text, redact(about)));
    this.#text = text;
    this.#about = about;
    this.status = status;
    this.code = code;
    this.retryAfterMs = fields.retryAfterMs;
    this.size = fields.size;
  }

  /** The message for users: short, and without `secrets`, of which no part may be left by the cut. */
  describe(secrets: Secrets): string {
    return joined(secrets.redact(this.#text).slice(0, longest), secrets.redact(this.#about));
  }
}

const longest = 300;

function joined(text: string, about: string): string {
  return about === "" ? text : `${text} (${about})`;
}

/** An answer that breaks HTTP or the server's own protocol; another attempt may get a better one. */
export function malformed(message: string): RequestError {
  return new RequestError(message, { code: "MalformedAnswer" });
}

/** Bytes came, as many as were announced, but not those that the server had. */
export function spoilt(told: string, found: string): RequestError {
  return new RequestError(`the bytes changed on their way: checksum ${found}, told was ${told}`, {
    code: "ChecksumMismatch",
  });
}

/** `Retry-After` in milliseconds, given in seconds or as a date. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The system's name for a failed connection, wherever the client library put it. */
export function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at instanceof AggregateError) return systemCode(at.errors[0]);
  }
  return undefined;
}
