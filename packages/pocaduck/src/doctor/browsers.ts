import { readSettings } from "../config/read-settings.ts";
import type { Finding } from "./doctor.ts";

const origin = "https://pocaduck.invalid";
const timeoutMs = 10_000;

/** What a web page on another host could read, asked as a browser asks. */
export async function checkBrowsers(url: string): Promise<Finding[]> {
  const promise = "a web page may read ranges (CORS)";
  const advice =
    "allow the origin of your page with method GET and header range, and expose content-range and etag; only needed for lookups in a browser";
  try {
    const answer = await fetch(publicAddress(new URL(url)), {
      headers: { origin, range: "bytes=0-0" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    const allowed = answer.headers.get("access-control-allow-origin");
    const exposed = (answer.headers.get("access-control-expose-headers") ?? "").toLowerCase();
    if (allowed !== "*" && allowed !== origin) {
      return [
        { promise, holds: false, failure: `status ${answer.status}, no allowed origin`, advice },
      ];
    }
    if (exposed !== "*" && !exposed.includes("content-range")) {
      return [{ promise, holds: false, failure: "content-range is not exposed", advice }];
    }
    return [{ promise, holds: true }];
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return [{ promise, holds: false, failure, advice }];
  }
}

/** Where the dataset's first object would be without credentials. */
function publicAddress(url: URL): string {
  const folder = url.pathname.replace(/\/$/, "");
  const { s3, gs } = readSettings();
  const base = (endpoint: unknown, standard: string): string =>
    typeof endpoint === "string" ? `${endpoint.replace(/\/$/, "")}/${url.hostname}` : standard;
  if (url.protocol === "s3:") {
    const region = typeof s3.region === "string" ? s3.region : "us-east-1";
    const host = base(s3.endpoint, `https://${url.hostname}.s3.${region}.amazonaws.com`);
    return `${host}${folder}/pocaduck.json`;
  }
  if (url.protocol === "gs:") {
    return `${base(gs.endpoint, `https://storage.googleapis.com/${url.hostname}`)}${folder}/pocaduck.json`;
  }
  return `${url.origin}${folder}/pocaduck.json`;
}
