import {
  checkFields,
  checkSecure,
  checkUrl,
  isLoopback,
  type RemoteOptions,
} from "@pocaduck/storage/remote";

export interface GcsStoreOptions extends RemoteOptions {
  bucket: string;
  /** Of a server other than Google's, with `http:` or `https:`. */
  endpoint?: string;
  /** A service account's key file. Default: the vendor's chain of application default credentials. */
  keyFile?: string;
  /** Billed for requests to a bucket where the requester pays. */
  userProject?: string;
  /** No token, and no search for credentials. Default: for an endpoint on this machine without `keyFile`. */
  anonymous?: boolean;
  /** Lets credentials go over plain `http:` to another machine. */
  insecure?: boolean;
  /** Bytes of a chunk, a multiple of 256 KiB. Default 8 MiB. */
  partSize?: number;
}

const unit = 256 * 1024;

const fields = {
  bucket: ["string"],
  endpoint: ["string"],
  keyFile: ["string"],
  userProject: ["string"],
  anonymous: ["boolean"],
  insecure: ["boolean"],
  partSize: ["number"],
} as const;

/** Throws a TypeError or RangeError that names the option. */
export function checkOptions(options: GcsStoreOptions): void {
  checkFields(options, fields);
  const { bucket, endpoint, partSize = unit, anonymous, insecure } = options;
  if (typeof bucket !== "string" || bucket === "" || bucket.includes("/")) {
    throw new TypeError(
      `Expected \`bucket\` to be the name of a bucket, got ${JSON.stringify(bucket)}`,
    );
  }
  if (!Number.isInteger(partSize / unit) || partSize < unit) {
    throw new RangeError(`Expected \`partSize\` to be a multiple of 256 KiB, got ${partSize}`);
  }
  if (endpoint === undefined) return;
  const url = checkUrl("endpoint", endpoint);
  if (!anonymous && !insecure) checkSecure("endpoint", url, "credentials");
}

/** An emulator on this machine has no use for a token, and looking for one takes seconds; a tunnel has. */
export function isAnonymous({ anonymous, endpoint, keyFile }: GcsStoreOptions): boolean {
  if (anonymous !== undefined) return anonymous;
  const isHere = endpoint !== undefined && isLoopback(new URL(endpoint).hostname);
  return isHere && keyFile === undefined;
}
