import { checkFields, checkSecure, checkUrl, type RemoteOptions } from "@pocaduck/storage/remote";

export interface HttpStoreOptions extends RemoteOptions {
  /** Sent with each request, such as an `authorization`. Never to another host: then a redirect there is refused. */
  headers?: Record<string, string>;
  /** Lets `headers` go over plain `http:` to another machine. */
  insecure?: boolean;
}

const fields = { headers: ["object"], insecure: ["boolean"] } as const;

/** The folder that keys are relative to, with a slash at the end. */
export function baseUrl(text: string, options: HttpStoreOptions): URL {
  checkFields(options, fields);
  const { headers = {}, insecure } = options;
  const base = checkUrl("url", text);
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") continue;
    throw new TypeError(`Expected \`headers\` to hold text, got ${typeof value} for ${name}`);
  }
  if (!insecure && Object.keys(headers).length > 0) checkSecure("url", base, "`headers`");
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}
