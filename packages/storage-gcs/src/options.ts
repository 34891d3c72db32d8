import type { RemoteOptions } from "@pocaduck/storage/remote";

export interface GcsStoreOptions extends RemoteOptions {
  bucket: string;
  /** Of a server other than Google's, with `http:` or `https:`. One on this machine gets no credentials. */
  endpoint?: string;
  /** A service account's key file. Default: the vendor's chain of application default credentials. */
  keyFile?: string;
  /** Billed for requests to a bucket where the requester pays. */
  userProject?: string;
  /** No token, and no search for credentials. */
  anonymous?: boolean;
  /** Lets credentials go over plain `http:` to another machine. */
  insecure?: boolean;
  /** Bytes of a chunk, a multiple of 256 KiB. Default 8 MiB. */
  partSize?: number;
}

const unit = 256 * 1024;

/** Throws a TypeError or RangeError that names the option. */
export function checkOptions({
  bucket,
  endpoint,
  partSize = unit,
  ...rest
}: GcsStoreOptions): void {
  if (typeof bucket !== "string" || bucket === "" || bucket.includes("/")) {
    throw new TypeError(
      `Expected \`bucket\` to be the name of a bucket, got ${JSON.stringify(bucket)}`,
    );
  }
  if (!Number.isInteger(partSize / unit) || partSize < unit) {
    throw new RangeError(`Expected \`partSize\` to be a multiple of 256 KiB, got ${partSize}`);
  }
  if (endpoint === undefined) return;
  const url = URL.parse(endpoint);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("Expected `endpoint` to be an http: or https: URL");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new TypeError("Expected `endpoint` to hold no credentials and no query");
  }
  if (url.protocol === "http:" && !isLoopback(url) && !rest.anonymous && !rest.insecure) {
    throw new TypeError(
      `Expected \`endpoint\` to be https, since credentials go to ${url.host}; set \`insecure\` to allow it`,
    );
  }
}

export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
