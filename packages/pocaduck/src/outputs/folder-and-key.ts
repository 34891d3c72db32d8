import { ConfigError } from "../config/config-error.ts";

/** `s3://bucket/a/b.parquet` as the URL of its folder and a name in it. */
export function folderAndKey(url: URL): { folder: string; key: string } {
  const path = url.href.replace(/\/+$/, "");
  const at = path.lastIndexOf("/");
  const key = decodeURIComponent(path.slice(at + 1));
  if (url.pathname.replace(/\//g, "") === "")
    throw new ConfigError("invalid-url", `${url.href}: names no object`);
  return { folder: path.slice(0, at), key };
}
