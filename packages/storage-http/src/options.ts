import type { RemoteOptions } from "@pocaduck/storage/remote";

export interface HttpStoreOptions extends RemoteOptions {
  /** Sent with each request, such as an `authorization`. Never to another host: then a redirect there is refused. */
  headers?: Record<string, string>;
  /** Lets `headers` go over plain `http:` to another machine. */
  insecure?: boolean;
}

/** The folder that keys are relative to, with a slash at the end. */
export function baseUrl(url: string, { headers = {}, insecure }: HttpStoreOptions): URL {
  const base = URL.parse(url);
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw new TypeError("Expected `url` to be an http: or https: URL");
  }
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
    throw new TypeError("Expected `url` to hold no credentials, no query and no fragment");
  }
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(base.hostname);
  if (base.protocol === "http:" && !loopback && !insecure && Object.keys(headers).length > 0) {
    throw new TypeError(
      `Expected \`url\` to be https, since \`headers\` go to ${base.host}; set \`insecure\` to allow it`,
    );
  }
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}
