import { RemoteReader } from "@pocaduck/storage/remote";
import { HttpTransport } from "./http-transport.ts";
import type { HttpStoreOptions } from "./options.ts";

/**
 * The reading part of a store, below an `https:` folder. `list` rejects: plain HTTP has none.
 * For a browser the server has to allow the header `range` and expose `content-range` and `etag`.
 */
export class HttpStore extends RemoteReader {
  constructor(url: string, options: HttpStoreOptions = {}) {
    super(new HttpTransport(url, options), options);
  }
}
