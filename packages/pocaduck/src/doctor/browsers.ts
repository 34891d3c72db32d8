import { readSettings } from "../config/read-settings.ts";
import type { Finding } from "./finding.ts";

const origin = "https://pocaduck.invalid";
const timeoutMs = 10_000;
const promise = "a web page may read ranges (CORS)";
const advice =
  "allow the origin of your page with method GET and headers range and if-match, and expose content-range and etag; only lookups in a browser need it";

/** What a web page on another host could read of the object at `key`, asked as a browser asks. */
export async function checkBrowsers(url: string, key: string | undefined): Promise<Finding> {
  const failure =
    key === undefined
      ? "there is no object here to try it with"
      : await met(publicAddress(new URL(url), key));
  if (failure === undefined) return { promise, holds: true, optional: true };
  return { promise, holds: false, failure, advice: adviceFor(failure), optional: true };
}

function adviceFor(failure: string): string {
  if (/^status (401|403)/.test(failure)) {
    return "a browser reads without credentials: make these objects public; only lookups in a browser need it";
  }
  return advice;
}

async function met(address: string): Promise<string | undefined> {
  try {
    return (await refusedRead(address)) ?? (await refusedHeaders(address));
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
}

async function refusedRead(address: string): Promise<string | undefined> {
  const { status, headers } = await ask(address, { headers: { origin, range: "bytes=0-0" } });
  if (status === 200) return "status 200 for a range: the whole object is sent";
  if (status !== 206) return `status ${status}`;
  if (!allows(headers.get("access-control-allow-origin"), origin))
    return "no allowed origin (access-control-allow-origin)";
  if (!allows(headers.get("access-control-expose-headers"), "content-range"))
    return "content-range is not exposed (access-control-expose-headers)";
  return undefined;
}

/** A browser asks beforehand whether a read may be pinned to one version. */
async function refusedHeaders(address: string): Promise<string | undefined> {
  const { status, headers } = await ask(address, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "GET",
      "access-control-request-headers": "if-match,range",
    },
  });
  if (status >= 300) return `status ${status} to the question (OPTIONS) that goes before a read`;
  const allowed = headers.get("access-control-allow-headers");
  const missing = ["range", "if-match"].filter((name) => !allows(allowed, name));
  if (missing.length > 0)
    return `header ${missing.join(" and ")} is not allowed (access-control-allow-headers)`;
  return undefined;
}

async function ask(address: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  await answer.body?.cancel();
  return answer;
}

function allows(list: string | null, name: string): boolean {
  const names = (list ?? "").split(",").map((each) => each.trim().toLowerCase());
  return names.includes("*") || names.includes(name);
}

/** Where the object would be without credentials. */
function publicAddress(url: URL, key: string): string {
  const path = `${url.pathname.replace(/\/$/, "")}/${key}`;
  const { s3, gs } = readSettings();
  const base = (endpoint: unknown, standard: string): string =>
    typeof endpoint === "string" ? `${endpoint.replace(/\/$/, "")}/${url.hostname}` : standard;
  if (url.protocol === "s3:") {
    const region = typeof s3.region === "string" ? s3.region : "us-east-1";
    const host = base(s3.endpoint, `https://${url.hostname}.s3.${region}.amazonaws.com`);
    return `${host}${path}`;
  }
  if (url.protocol === "gs:") {
    return `${base(gs.endpoint, `https://storage.googleapis.com/${url.hostname}`)}${path}`;
  }
  return `${url.origin}${path}`;
}
