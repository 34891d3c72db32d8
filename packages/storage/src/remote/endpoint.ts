export function isLoopback(hostname: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[?::1\]?)$/.test(hostname);
}

/** The URL in the option `name`. Throws a TypeError unless it is one of HTTP and holds no secret. */
export function checkUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Expected \`${name}\` to be an http: or https: URL`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError(`Expected \`${name}\` to hold no credentials, no query and no fragment`);
  }
  return url;
}

/** Throws a TypeError when `what` would go over plain HTTP to another machine. */
export function checkSecure(name: string, url: URL, what: string): void {
  if (url.protocol === "https:" || isLoopback(url.hostname)) return;
  throw new TypeError(
    `Expected \`${name}\` to be https, since ${what} go to ${url.host}; set \`insecure\` to allow it`,
  );
}
