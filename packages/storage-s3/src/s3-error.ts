import { S3ServiceException } from "@aws-sdk/client-s3";
import {
  explain,
  malformed,
  RequestError,
  retryAfterMs,
  spoilt,
  systemCode,
} from "@pocaduck/storage/remote";

/** What the SDK threw, without what it carries: signed headers, the request, the answer. */
export function requestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof S3ServiceException) return serviceError(error);
  const message = error instanceof Error ? error.message : "the request failed";
  // What the SDK could not make sense of may be better the next time; what it could not send will not.
  if (error instanceof Error && "$response" in error) {
    return malformed(`no answer of an S3 server: ${firstLine(message)}`);
  }
  // Of a body that the SDK compared at its end.
  const mismatch = /^Checksum mismatch: expected "(.*?)" but received "(.*?)"/.exec(message);
  if (mismatch) return spoilt(mismatch[1] ?? "", mismatch[2] ?? "");
  if (/^Region (not accepted|is missing)/.test(message)) {
    return new RequestError(message, { code: "NoRegion" });
  }
  const code = systemCode(error) ?? (error instanceof Error ? error.name : undefined);
  return new RequestError(message, { code });
}

/** What the SDK found where it searched for credentials. */
export function credentialsError(error: Error, profile: string | undefined): RequestError {
  const found = /^Could not (load|resolve) credentials/.test(error.message)
    ? ""
    : `: ${firstLine(error.message)}`;
  const where =
    profile === undefined
      ? "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
      : "check its name in the AWS configuration files";
  const whose = profile === undefined ? "" : ` for the profile ${JSON.stringify(profile)}`;
  return new RequestError(
    `no credentials found${whose}${found}; ${where}, or ask for anonymous access`,
    { code: "NoCredentials" },
  );
}

export function isCredentialsError(error: unknown): error is Error {
  return error instanceof Error && /^(Credentials|Token)Provider(Error|Failure)$/.test(error.name);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function serviceError(error: S3ServiceException): RequestError {
  const { httpStatusCode: status, requestId } = error.$metadata;
  const headers = error.$response?.headers ?? {};
  const size = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  const region = headers["x-amz-bucket-region"];
  const moved = region === undefined && status !== undefined && status >= 300 && status < 400;
  if (moved) return redirected(headers.location);
  const advice = [
    region && (status === 301 || status === 400 || status === 307)
      ? `; the bucket is in region ${region}, set that`
      : "",
    error.name === "RequestTimeTooSkewed" ? "; set this machine's clock" : "",
    /^Expired/.test(error.name) ? "; the credentials have expired, renew them" : "",
  ].join("");
  const isPage = /^text\/html\b/.test(headers["content-type"] ?? "");
  const { message } = isPage ? explain("<html>") : explain(error.message);
  return new RequestError(`${message.replace(/\.$/, "") || "the request failed"}${advice}`, {
    status,
    code: error.name === "Unknown" || error.name === "UnknownError" ? undefined : error.name,
    requestId,
    retryAfterMs: retryAfterMs(headers["retry-after"]),
    size: size === undefined ? undefined : Number(size),
  });
}

/** Nothing is sent there: the signature would go to another host. */
function redirected(location: string | undefined): RequestError {
  const host = URL.parse(location ?? "")?.host;
  const where = host === undefined ? "" : ` to ${host}`;
  const reason = `redirected${where}, where the credentials must not follow; set that as \`endpoint\` if it is right`;
  return new RequestError(reason, { code: "Redirected" });
}
