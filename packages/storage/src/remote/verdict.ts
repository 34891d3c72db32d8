import type { StoreErrorCode } from "../errors.ts";
import type { RequestError } from "./request-error.ts";

/** What a failed attempt means. */
export interface Verdict {
  /** The error of the call, should this attempt be its last. */
  code: StoreErrorCode;
  retry: "yes" | "once" | "no";
  /** A write may have happened all the same. */
  inDoubt: boolean;
  /** The server asks for fewer requests. */
  slowDown: boolean;
}

const retried = new Set([408, 409, 423, 425, 429, 500, 502, 503, 504]);
/** Credentials that were good once: another try signs anew. */
const stale =
  /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestTimeTooSkewed|RequestExpired|InvalidToken)$/;
/** What arrived is not what was sent, or not all of it; nothing was stored. All of status 400. */
const spoilt =
  /^(BadDigest|InvalidDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|IncompleteBody|RequestTimeout)$/;
const full = /^(QuotaExceeded|XMinioStorageFull|XMinioAdminBucketQuotaExceeded|EntityTooLarge)$/;
const badKey =
  /^(KeyTooLongError|XMinioInvalidObjectName|XMinioParentIsObject|XMinioObjectExistsAsDirectory|InvalidURI)$/;
const noBucket = /^(NoSuchBucket|NotFound|InvalidBucketName)$/;
const refused = /^(NoCredentials|InsecureEndpoint|Redirected)$/;
/** A mistake of ours or in the settings: the next attempt would make it again. */
const never =
  /^(EPROTO|WrongSize|Damaged|BadPort|NoRegion|TypeError|RangeError|InvalidURLError|ERR_INVALID_\w+|ERR_UNESCAPED_\w+|ERR_SSL_\w+)$/;
/** The request never left, or never arrived. */
const notSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED)/;
const certificate = /CERT|ERR_TLS|DEPTH_ZERO|UNABLE_TO_VERIFY|SELF_SIGNED/;

export function judge({ status, code = "" }: RequestError): Verdict {
  const no = (error: StoreErrorCode): Verdict => ({
    code: error,
    retry: "no",
    inDoubt: false,
    slowDown: false,
  });
  if (badKey.test(code)) return no("invalid-key");
  if (spoilt.test(code)) return { ...no("unavailable"), retry: "yes" };
  if (full.test(code) || status === 507) return no("full");
  if (stale.test(code) || status === 401) return { ...no("forbidden"), retry: "once" };
  if (noBucket.test(code)) return no("not-found");
  if (refused.test(code)) return no("forbidden");
  // A second answer may come from a better server; a third will not.
  if (code === "RangesIgnored") return { ...no("unsupported"), retry: "once" };
  if (code === "Compressed") return no("unsupported");
  if (never.test(code)) return no("unavailable");
  if (status === 403) return no("forbidden");
  if (status === 404 || status === 410) return no("not-found");
  if (certificate.test(code)) return no("unavailable");
  if (status === 501 || status === 505) return no("unsupported");
  if (status === undefined || retried.has(status) || status >= 500 || status < 300) {
    return {
      code: "unavailable",
      retry: "yes",
      // 409 and 429 say that nothing was done.
      inDoubt: status !== 409 && status !== 429 && !notSent.test(code),
      slowDown: status === 429 || status === 503,
    };
  }
  // A redirect, or a request that the server cannot make sense of.
  return no("unavailable");
}
