import { checkFields, checkSecure, checkUrl, type RemoteOptions } from "@pocaduck/storage/remote";

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** A function is asked again some minutes before, and when the server says that they have expired. */
  expiration?: Date;
}

export interface S3StoreOptions extends RemoteOptions {
  bucket: string;
  /** Default: what the environment or the profile says, else us-east-1. */
  region?: string;
  /** Of a server other than AWS, with `http:` or `https:`. */
  endpoint?: string;
  /** The bucket in the path rather than the host name. Default: with an endpoint. */
  pathStyle?: boolean;
  /** Of the shared AWS configuration files. The SDK takes an `endpoint_url` there only of the profile that AWS_PROFILE names. */
  profile?: string;
  /** No signature, and no search for credentials. */
  anonymous?: boolean;
  /** Default: the vendor's chain, from environment to instance metadata. */
  credentials?: S3Credentials | (() => Promise<S3Credentials>);
  /** Checksums in trailers and headers, which some servers reject. Default: without an endpoint. */
  checksums?: boolean;
  /** Lets credentials go over plain `http:` to another machine. */
  insecure?: boolean;
  /** Bytes of a part, from 5 MiB. Default 8 MiB; grows with the object, to stay below 10,000 parts. */
  partSize?: number;
}

const mebibyte = 1 << 20;

const fields = {
  bucket: ["string"],
  region: ["string"],
  endpoint: ["string"],
  pathStyle: ["boolean"],
  profile: ["string"],
  anonymous: ["boolean"],
  credentials: ["object", "function"],
  checksums: ["boolean"],
  insecure: ["boolean"],
  partSize: ["number"],
} as const;

/** Throws a TypeError or RangeError that names the option. */
export function checkOptions(options: S3StoreOptions): void {
  checkFields(options, fields);
  const { bucket, endpoint, partSize = 8 * mebibyte } = options;
  if (typeof bucket !== "string" || bucket === "" || bucket.includes("/")) {
    throw new TypeError(
      `Expected \`bucket\` to be the name of a bucket, got ${JSON.stringify(bucket)}`,
    );
  }
  if (!Number.isInteger(partSize) || partSize < 5 * mebibyte) {
    throw new RangeError(`Expected \`partSize\` to be an integer from 5 MiB, got ${partSize}`);
  }
  const { region } = options;
  if (region !== undefined && !/^[a-z0-9-]{1,63}$/i.test(region)) {
    throw new TypeError(
      `Expected \`region\` to be a name such as us-east-1, got ${JSON.stringify(region)}`,
    );
  }
  if (endpoint === undefined) return;
  const url = checkUrl("endpoint", endpoint);
  if (!options.anonymous && !options.insecure) checkSecure("endpoint", url, "credentials");
}
