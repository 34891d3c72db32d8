import { status } from "@grpc/grpc-js";
import { FlightError, type FlightErrorCode, isFlightError } from "./errors.ts";

const statusOf: Record<FlightErrorCode, number> = {
  aborted: status.ABORTED,
  "already-exists": status.ALREADY_EXISTS,
  cancelled: status.CANCELLED,
  corrupt: status.DATA_LOSS,
  "failed-precondition": status.FAILED_PRECONDITION,
  forbidden: status.PERMISSION_DENIED,
  internal: status.INTERNAL,
  "invalid-argument": status.INVALID_ARGUMENT,
  "not-found": status.NOT_FOUND,
  timeout: status.DEADLINE_EXCEEDED,
  "too-large": status.RESOURCE_EXHAUSTED,
  unauthenticated: status.UNAUTHENTICATED,
  unavailable: status.UNAVAILABLE,
  unsupported: status.UNIMPLEMENTED,
};

const codeOf = new Map(
  Object.entries(statusOf).map(([code, number]) => [number, code as FlightErrorCode]),
);

export type RpcStatus = { code: number; details: string };

/** Only a {@link FlightError} tells its message to the peer; anything else may hold what it must not see. */
export function toStatus(error: unknown): RpcStatus {
  if (isFlightError(error)) return { code: statusOf[error.code], details: error.message };
  return { code: status.INTERNAL, details: "internal error; the server's log has the cause" };
}

/** The error of one call, from what grpc-js emits. */
export function fromRpcError(error: unknown, what: string): FlightError {
  if (isFlightError(error)) return error;
  if (!(error instanceof Error)) return new FlightError("internal", `${what}: ${String(error)}`);
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  const known = typeof code === "number" ? codeOf.get(code) : undefined;
  const said = typeof details === "string" && details !== "" ? details : error.message;
  const unsafe = whyUnsafe(said);
  if (unsafe !== undefined) {
    return new FlightError("unauthenticated", `${what}: ${unsafe}`, { cause: error });
  }
  // What grpc-js puts around the words of the system.
  const reason = said
    .replace(/^No connection established\. Last error: (Error: )?/, "")
    .replace(/\.?\s*Resolution note:\s*$/, "")
    .replace(/^Failed to connect( \([^)]*\))?$/, hungUp);
  return new FlightError(known ?? "internal", `${what}: ${reason}`, { cause: error });
}

/** All that grpc-js says where a connection came about and ended before a word of HTTP/2. */
const hungUp =
  "it hung up at once, as one that wants TLS does: then its address begins with grpc+tls://";

/** A handshake that will not succeed later either, in other words than OpenSSL's. */
function whyUnsafe(said: string): string | undefined {
  if (!said.startsWith("No connection established")) return undefined;
  if (/wrong version number|packet length too long|http request/.test(said)) {
    return "the server speaks no TLS; its address would begin with grpc+tcp://";
  }
  const [refused] =
    /self-signed certificate|unable to (get|verify)[\w ]*|certificate has expired|(Hostname\/IP|IP: \S+)[^.]* (does not match|is not)[^.]*/.exec(
      said,
    ) ?? [];
  return (
    refused &&
    `the server's certificate is not trusted (${refused}): give the one that vouches for it`
  );
}
