import { isStoreError } from "@pocaduck/storage";

const byPromise: readonly [RegExp, string][] = [
  [
    /^putIfAbsent/,
    "this store lets one writer overwrite another: do not write datasets here; copy finished ones",
  ],
  [/range|Range/, "the server, or a proxy before it, does not serve ranges: lookups will fail"],
  [/streamed put|larger than/, "large objects do not arrive: check limits of body size on the way"],
  [/list/, "listings are not complete or not in order: publish needs them, lookups do not"],
  [
    /whatever it looks like|two objects|key/,
    "some names are changed on the way: keep to plain ones",
  ],
  [/half-written/, "readers may see torn objects: do not write here while others read"],
];

/** What a user can do about a promise that does not hold. */
export function adviceFor(promise: string, error: unknown): string {
  const cause = error instanceof Error && isStoreError(error.cause) ? error.cause : error;
  if (isStoreError(cause, "forbidden")) {
    return "check the credentials, and that they may list, read, write and delete here";
  }
  if (isStoreError(cause, "not-found"))
    return "check the bucket's name, its region and the endpoint";
  if (isStoreError(cause, "unavailable"))
    return "check the endpoint and the network, then try again";
  if (isStoreError(cause, "full")) return "free some space or raise the quota";
  if (isStoreError(cause, "read-only")) return "choose a place that takes writes";
  return byPromise.find(([pattern]) => pattern.test(promise))?.[1] ?? "do not keep datasets here";
}
