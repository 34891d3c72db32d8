import { type ObjectMeta, StoreError } from "@pocaduck/storage";
import {
  type Answer,
  explain,
  malformed,
  type Page,
  type ReadTransport,
  RequestError,
  retryAfterMs,
  Secrets,
  systemCode,
} from "@pocaduck/storage/remote";
import { baseUrl, type HttpStoreOptions } from "./options.ts";

/** Single requests by `fetch`, the same in a browser. */
export class HttpTransport implements ReadTransport {
  readonly place: string;
  readonly secrets: Secrets = new Secrets();
  readonly #base: URL;
  readonly #headers: Record<string, string>;

  constructor(url: string, options: HttpStoreOptions) {
    this.#base = baseUrl(url, options);
    this.#headers = options.headers ?? {};
    this.place = this.#base.href;
    for (const value of Object.values(this.#headers)) this.secrets.add(value, ...value.split(" "));
  }

  async read(
    key: string,
    range: string | undefined,
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const answer = await this.#send("GET", key, signal, {
      ...(range === undefined ? {} : { range }),
      ...(pin === undefined ? {} : { "if-match": pin }),
    });
    if (!answer) return undefined;
    const { headers, status } = answer;
    const isPage = status === 200 && /^text\/html\b/.test(headers.get("content-type") ?? "");
    if (isPage && !/\.html?$/.test(key)) {
      await cancel(answer);
      throw malformed(
        "a web page where an object was asked for; is a login or a proxy in between?",
      );
    }
    return {
      status,
      pin: pinOf(headers),
      contentLength: lengthOf(headers),
      contentRange: headers.get("content-range") ?? undefined,
      body: bytesOf(answer),
      cancel: () => void cancel(answer),
    };
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    const answer = await this.#send("HEAD", key, signal, {});
    if (!answer) return undefined;
    const size = lengthOf(answer.headers);
    if (size === undefined) throw malformed("no Content-Length");
    return { key, size, etag: markOf(answer.headers) ?? `size ${size}` };
  }

  async page(prefix: string): Promise<Page> {
    throw new StoreError("unsupported", prefix, `${this.place}: plain HTTP has no listings`);
  }

  async #send(
    method: "GET" | "HEAD",
    key: string,
    signal: AbortSignal,
    headers: Record<string, string>,
  ): Promise<Response | undefined> {
    const url = new URL(this.#base);
    url.pathname += key.split("/").map(encodeURIComponent).join("/");
    const secret = Object.keys(this.#headers).length > 0;
    const answer = await this.#fetch(url, {
      method,
      signal,
      // Ranges of a compressed body mean nothing. A browser ignores this and is caught below.
      headers: { ...this.#headers, ...headers, "accept-encoding": "identity" },
      // Headers of the caller's own would follow to any host.
      redirect: secret ? "manual" : "follow",
    });
    if (answer.status === 200 || answer.status === 206) {
      const encoding = answer.headers.get("content-encoding");
      if (encoding === null || encoding === "identity") return answer;
      await cancel(answer);
      throw new RequestError(`the server sends it compressed (${encoding}); turn that off`, {
        code: "Compressed",
      });
    }
    if (answer.status === 404 || answer.status === 410) {
      await cancel(answer);
      return undefined;
    }
    throw await failure(answer);
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw connectionError(error);
    }
  }
}

async function failure(answer: Response): Promise<RequestError> {
  const { status, statusText, headers, type } = answer;
  const isRedirect = type === "opaqueredirect" || (status >= 300 && status < 400);
  if (isRedirect) {
    await cancel(answer);
    const to = URL.parse(headers.get("location") ?? "")?.host;
    const where = to ? ` to ${to}` : "";
    const reason = `redirected${where}, where the headers must not follow; use that address instead`;
    return new RequestError(reason, { code: "Redirected" });
  }
  const size = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  const { message, code } = explain(await start(answer));
  return new RequestError(message || statusText || "the request failed", {
    status,
    code,
    retryAfterMs: retryAfterMs(headers.get("retry-after")),
    size: size === undefined ? undefined : Number(size),
  });
}

/** A weak etag pins nothing, for equal ones may stand for other bytes; nor does a date, whose step is a second. */
function pinOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  return etag?.startsWith('"') ? etag : undefined;
}

function markOf(headers: Headers): string | undefined {
  return pinOf(headers) ?? headers.get("last-modified") ?? undefined;
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

async function* bytesOf(answer: Response): AsyncGenerator<Uint8Array> {
  const reader = answer.body?.getReader();
  if (!reader) return;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } catch (error) {
    throw connectionError(error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const longest = 1 << 16;

/** Of the body of a failure only so much as can hold its reason. */
async function start(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of bytesOf(answer)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longest) break;
  }
  return text;
}

async function cancel(answer: Response): Promise<void> {
  if (!answer.body?.locked) await answer.body?.cancel().catch(() => undefined);
}

/** What fetch threw says little; its cause may say which host and why. */
function connectionError(error: unknown): RequestError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : "";
  const hint = "the network, or in a browser the server's CORS rules, stopped the request";
  const code = message === "bad port" ? "BadPort" : systemCode(error);
  return new RequestError(message || hint, { code });
}
