export interface DvidAddress {
  /** Where DVID answers. */
  base: string;
  /** A UUID, a unique prefix of one, or `prefix:branch`. */
  version: string;
  data: string;
  labels: "bodies" | "supervoxels";
  allowOpen: boolean;
}

const form = "dvid://host:port/uuid/data";

/**
 * Reads `dvid://host:port/uuid/data`, or `dvids://` for HTTPS. `?supervoxels` takes supervoxels in place of bodies,
 * `?allow-open` a version that is not locked.
 */
export function parseDvidAddress(text: string): DvidAddress {
  const url = URL.parse(text);
  const secure = url?.protocol === "dvids:";
  if (!url || (url.protocol !== "dvid:" && !secure)) {
    throw new TypeError(`Expected \`address\` to be as in ${form}, got ${text}`);
  }
  const [version = "", data = "", ...rest] = url.pathname
    .slice(1)
    .split("/")
    .map(decodeURIComponent);
  if (url.host === "" || version === "" || data === "" || rest.join("") !== "") {
    throw new TypeError(`Expected \`address\` to be as in ${form}, got ${text}`);
  }
  const known = ["supervoxels", "allow-open"];
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue;
    throw new TypeError(`Expected \`address\` to take ?${known.join(" and ?")}, got ?${name}`);
  }
  return {
    base: `${secure ? "https" : "http"}://${url.host}`,
    version,
    data,
    labels: url.searchParams.has("supervoxels") ? "supervoxels" : "bodies",
    allowOpen: url.searchParams.has("allow-open"),
  };
}
