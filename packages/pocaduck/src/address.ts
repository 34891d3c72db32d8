import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { keyFault } from "@pocaduck/storage";
import { ConfigError } from "./config/config-error.ts";

/** What a user wrote to say where something is: a folder on the disk, or the URL of a backend. */
export type Address = { folder: string } | { url: URL };

/**
 * Nothing of `text` is dropped on the way: what a backend cannot take is refused.
 * @throws {ConfigError} `invalid-url`
 */
export function parseAddress(text: string): Address {
  if (text === "") throw invalid("the address is empty: expected a path or a URL");
  // One letter before the colon is a drive.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return { folder: text };
  const url = URL.parse(text);
  if (!url) throw invalid("the address is not a URL");
  if (url.username !== "" || url.password !== "") {
    throw invalid(
      "the address holds credentials; use the environment, a profile or the vendor's login",
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw invalid(`${url.protocol}//${url.host}: takes no query or fragment`);
  }
  if (url.protocol === "file:") return { folder: folderOf(text, url) };
  if (url.protocol === "s3:" || url.protocol === "gs:") assertBucketUrl(text, url);
  return { url };
}

/** `file:fly` and `file:./fly` are relative, as a path is; `file:/fly` and `file:///fly` are not. */
function folderOf(text: string, url: URL): string {
  if (url.host !== "")
    throw invalid(`${text}: names a host; a file: URL has three slashes, as in file:///data/fly`);
  const path = text.slice("file:".length);
  if (path === "" || path === "//") throw invalid(`${text}: names no folder`);
  return path.startsWith("/") ? fileURLToPath(url) : resolve(decode(path, text));
}

/** Below it a dataset needs some 70 bytes a name, and others may need more. */
const longestPrefix = 900;
const bucketName = /^[a-z0-9][\w.-]{1,220}[a-z0-9]$/i;

function assertBucketUrl(text: string, url: URL): void {
  if (url.hostname === "") throw invalid(`${text}: names no bucket`);
  if (url.port !== "") {
    throw invalid(
      `${text}: takes no port; a server other than the vendor's is the setting ${url.protocol.slice(0, -1)}.endpoint`,
    );
  }
  if (!bucketName.test(url.hostname)) {
    throw invalid(
      `${text}: ${url.hostname} is no bucket's name, which has 3 or more of a-z, 0-9, ., - and _`,
    );
  }
  // As written, since a URL takes dots out.
  const [, path = ""] = /^[^:]*:\/\/[^/]*\/?(.*?)\/?$/s.exec(text) ?? [];
  if (path === "") return;
  const names = path.split("/").map((segment) => decode(segment, text));
  for (const name of names) {
    if (name === "" || name === "." || name === "..") {
      throw invalid(`${text}: has a segment "${name}", which no object's name has`);
    }
  }
  const fault = keyFault(names.join("/"));
  if (fault) throw invalid(`${text}: ${fault}`);
  const size = Buffer.byteLength(names.join("/"));
  if (size > longestPrefix) {
    throw invalid(
      `${text}: the path has ${size} bytes; the names of objects, of 1,024 at most, leave it ${longestPrefix}`,
    );
  }
}

function decode(path: string, text: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid(`${text}: the path is not percent-encoded UTF-8`);
  }
}

function invalid(message: string): ConfigError {
  return new ConfigError("invalid-url", message);
}
