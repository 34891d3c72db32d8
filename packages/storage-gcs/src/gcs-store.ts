import { RemoteStore } from "@pocaduck/storage/remote";
import { GcsTransport } from "./gcs-transport.ts";
import { checkOptions, type GcsStoreOptions } from "./options.ts";

/** A Store in a bucket of Google Cloud Storage. Needs the role Storage Object User. */
export class GcsStore extends RemoteStore {
  constructor(options: GcsStoreOptions) {
    checkOptions(options);
    super(new GcsTransport(options), options);
  }

  /** Closes its sockets; no call may follow. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
