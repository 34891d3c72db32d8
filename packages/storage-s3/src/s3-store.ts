import { RemoteStore } from "@pocaduck/storage/remote";
import { checkOptions, type S3StoreOptions } from "./options.ts";
import { S3Transport } from "./s3-transport.ts";

/**
 * A Store in a bucket of S3, or of a server that speaks S3. Needs `s3:GetObject`, `s3:PutObject`,
 * `s3:DeleteObject`, `s3:AbortMultipartUpload` and `s3:ListBucket`; without the last, AWS says
 * 403 for an absent key.
 */
export class S3Store extends RemoteStore {
  constructor(options: S3StoreOptions) {
    checkOptions(options);
    super(new S3Transport(options), options);
  }

  /** Closes its sockets; no call may follow. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
