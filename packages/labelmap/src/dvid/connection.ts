import type { IncomingMessage } from "node:http";
import { isLabelmapError, LabelmapError } from "../errors.ts";
import { type Json, parseJson } from "../json.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { failure } from "./status.ts";
import { collect, get } from "./transport.ts";

export interface DvidOptions extends Omit<RetryOptions, "signal"> {
  /** Sent as a bearer token. */
  token?: string;
  /** Ends a request when no byte comes for so long; 60,000 by default. */
  idleMs?: number;
  /** Names us in DVID's logs. */
  user?: string;
  /** Has DVID answer 503 rather than serve many at once. */
  throttled?: boolean;
}

export interface CallOptions {
  query?: Record<string, string | number | boolean>;
  body?: string;
  signal?: AbortSignal;
}

const maxJson = 2 ** 28;

/** GET requests to one DVID, tried again while it is busy. */
export class DvidConnection {
  readonly #base: URL;
  readonly #options: DvidOptions;

  /** @param base such as `http://host:8000`. */
  constructor(base: string, options: DvidOptions = {}) {
    this.#base = new URL(base);
    this.#options = options;
    if (this.#base.protocol === "http:" || this.#base.protocol === "https:") return;
    throw new TypeError(`Expected \`base\` to be an http or https URL, got ${base}`);
  }

  get url(): string {
    return this.#base.href.replace(/\/$/, "");
  }

  /**
   * Runs `read` on the body of the answer, from the start again whenever it fails for now.
   * @throws {LabelmapError} By DVID's answer; `unavailable` once the attempts are spent.
   */
  get<T>(path: string, call: CallOptions, read: (body: IncomingMessage) => Promise<T>): Promise<T> {
    const { signal } = call;
    const { token, idleMs, ...retry } = this.#options;
    const url = this.#url(path, call.query ?? {});
    const request = {
      url,
      ...(call.body !== undefined && { body: call.body }),
      ...(token !== undefined && { token }),
      ...(idleMs !== undefined && { idleMs }),
      ...(signal && { signal }),
    };
    return withRetries({ ...retry, ...(signal && { signal }) }, async () => {
      const response = await get(request);
      try {
        if (response.statusCode !== 200) throw await failure(response, url.pathname);
        return await read(response);
      } catch (cause) {
        if (!isLabelmapError(cause, "corrupt", "too-large")) throw cause;
        throw new LabelmapError(cause.code, `${url.pathname}: ${cause.message}`, { cause });
      } finally {
        response.destroy();
      }
    });
  }

  bytes(path: string, maxSize: number, call: CallOptions = {}): Promise<Uint8Array> {
    return this.get(path, call, (body) => collect(body, maxSize));
  }

  json(path: string, call: CallOptions = {}): Promise<Json> {
    return this.get(path, call, async (body) =>
      parseJson((await collect(body, maxJson)).toString("utf8")),
    );
  }

  #url(path: string, query: Record<string, string | number | boolean>): URL {
    const { user = "pocaduck", throttled } = this.#options;
    const url = new URL(`${this.url}/api/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    url.searchParams.set("u", user);
    url.searchParams.set("app", "pocaduck");
    url.searchParams.set("interactive", "false");
    if (throttled) url.searchParams.set("throttle", "true");
    return url;
  }
}
