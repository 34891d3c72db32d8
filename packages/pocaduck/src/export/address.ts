import { CommandError } from "../cli/exit-codes.ts";
import { parseInteger } from "../cli/parse-value.ts";

/** `host:port`, with brackets around an IPv6 host. */
export function parseAddress(option: string, text: string): { host: string; port: number } {
  const [, six, name, port = ""] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = six ?? name;
  if (host === undefined) {
    throw new CommandError(`expected ${option} to be host:port, got "${text}"`, "usage");
  }
  return { host, port: parseInteger(option, port, 0, 65_535) };
}

/** Whether only this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The URL of a DVID, without a slash at its end. */
export function parseServer(what: string, text: string): string {
  const url = URL.parse(text);
  if (url && (url.username !== "" || url.password !== "")) {
    const advice = "an export's records would tell them; a token goes into DVID_TOKEN";
    throw new CommandError(`${what} holds a name or password: ${advice}`, "usage");
  }
  if (url && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, "");
  throw new CommandError(`expected ${what} to be as in http://host:8000, got "${text}"`, "usage");
}
