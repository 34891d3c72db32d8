import { isStoreError } from "@pocaduck/storage";

const ranges = "the server, or a proxy before it, does not serve ranges: lookups will fail";

const byPromise: readonly [RegExp, string][] = [
  [
    /^putIfAbsent/,
    "this store lets one writer overwrite another: do not write datasets here; copy finished ones",
  ],
  [/range|Range/, ranges],
  [/streamed put|larger than/, "large objects do not arrive: check limits of body size on the way"],
  [/list/, "listings are not complete or not in order: publish needs them, lookups do not"],
  [
    /whatever it looks like|two objects|key/,
    "some names are changed on the way: keep to plain ones",
  ],
  [/half-written/, "readers may see torn objects: do not write here while others read"],
];

const byRight: Readonly<Record<string, string>> = {
  "may list": "grant s3:ListBucket or storage.objects.list: publish, verify and gc need it",
  "may write":
    "grant s3:PutObject and s3:AbortMultipartUpload, or storage.objects.create: only reading works without",
  "may read": "grant s3:GetObject or storage.objects.get: nothing works without",
  "may delete":
    "grant s3:DeleteObject or storage.objects.delete: gc needs it, and on GCS every overwrite",
};

/** What a user can do about a promise that does not hold. */
export function adviceFor(promise: string, error: unknown): string {
  const cause = error instanceof Error && isStoreError(error.cause) ? error.cause : error;
  if (isStoreError(cause, "forbidden")) {
    return byRight[promise] ?? "check the credentials, and what they may do here";
  }
  if (isStoreError(cause, "not-found"))
    return "check the bucket's name, its region and the endpoint";
  // A server that answers every range with a whole object is there, and answers.
  if (isStoreError(cause, "unavailable", "unsupported") && /\brange/i.test(cause.message))
    return ranges;
  if (isStoreError(cause, "unavailable"))
    return "check the endpoint and the network, then try again";
  if (isStoreError(cause, "full")) return "free some space or raise the quota";
  if (isStoreError(cause, "read-only")) return "choose a place that takes writes";
  return byPromise.find(([pattern]) => pattern.test(promise))?.[1] ?? "do not keep datasets here";
}
