import { S3ServiceException } from "@aws-sdk/client-s3";
import { RequestError, retryAfterMs, systemCode } from "@pocaduck/storage/remote";

/** What the SDK threw, without what it carries: signed headers, the request, the answer. */
export function requestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof S3ServiceException) return serviceError(error);
  const code = systemCode(error) ?? (error instanceof Error ? error.name : undefined);
  if (code === "CredentialsProviderError" || code === "TokenProviderError") {
    return new RequestError(
      "no credentials found; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ask for anonymous access",
      { code: "NoCredentials" },
    );
  }
  return new RequestError(error instanceof Error ? error.message : "the request failed", { code });
}

function serviceError(error: S3ServiceException): RequestError {
  const { httpStatusCode: status, requestId } = error.$metadata;
  const headers = error.$response?.headers ?? {};
  const size = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  const region = headers["x-amz-bucket-region"];
  const advice = [
    region && (status === 301 || status === 400) ? `; the bucket is in region ${region}` : "",
    error.name === "RequestTimeTooSkewed" ? "; set this machine's clock" : "",
    /^Expired/.test(error.name) ? "; the credentials have expired, renew them" : "",
  ].join("");
  return new RequestError(`${text(error.message)}${advice}`, {
    status,
    code: error.name,
    requestId,
    retryAfterMs: retryAfterMs(headers["retry-after"]),
    size: size === undefined ? undefined : Number(size),
  });
}

/** Servers answer with pages of HTML too. */
function text(message: string): string {
  return (
    message
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim() || "the request failed"
  );
}
