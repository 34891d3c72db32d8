import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { VastError } from "./errors.ts";
import { amzDate, authorization, type Credentials, sha256 } from "./sign.ts";

export type Command =
  | ""
  | "column"
  | "data"
  | "rows"
  | "schema"
  | "stats"
  | "table"
  | "transaction";

export type VastRequest = {
  method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  path: string;
  command: Command;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** In place of the client's own, for a request that may well take longer. */
  timeoutMs?: number;
};

export type VastResponse = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: AsyncIterable<Uint8Array>;
};

export type TransportOptions = Credentials & {
  /** One URL, or the addresses of a pool, which are used in turn. */
  endpoint: string | readonly string[];
  /** Certificates of the authorities to trust in place of the system's. */
  ca?: string | Uint8Array;
  /** From the start of a request to the end of its answer; 120 s by default. */
  timeoutMs?: number;
  /** Of silence on the line; 30 s by default. */
  idleMs?: number;
  /** Connections at a time; 16 by default. */
  maxConnections?: number;
};

/** A connection that the server closes just as an insert goes out costs a transaction, so none is kept idle for long. */
const idleConnectionMs = 4000;

/** Sends signed requests, one attempt each; who calls decides whether there is another. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #endpoints: readonly URL[];
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  #next = 0;

  constructor(options: TransportOptions) {
    const { endpoint, maxConnections = 16, ca } = options;
    this.#options = options;
    this.#endpoints = (typeof endpoint === "string" ? [endpoint] : endpoint).map(parseEndpoint);
    if (this.#endpoints.length === 0) throw new TypeError("Expected an `endpoint`, got none");
    const pool = { keepAlive: true, maxSockets: maxConnections, timeout: idleConnectionMs };
    this.#http = new HttpAgent(pool);
    this.#https = new HttpsAgent({ ...pool, ...(ca !== undefined && { ca: Buffer.from(ca) }) });
  }

  /** @throws {VastError} `unavailable`; `mayHaveActed` is false only when no connection was ever made. */
  send(request: VastRequest, signal?: AbortSignal): Promise<VastResponse> {
    const endpoint = this.#endpoints[this.#next++ % this.#endpoints.length] as URL;
    const secure = endpoint.protocol === "https:";
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? 120_000;
    const idleMs = Math.max(request.timeoutMs ?? 0, this.#options.idleMs ?? 30_000);
    const deadline = AbortSignal.timeout(timeoutMs);
    const path = `${request.path}${request.command ? `?${request.command}` : ""}`;
    const what = `${request.method} ${endpoint.origin}${path}`;
    return new Promise((resolve, reject) => {
      let connected = false;
      const fail = (cause: unknown) => {
        if (signal?.aborted) return reject(signal.reason);
        const late = deadline.aborted ? `no answer within ${timeoutMs} ms` : messageOf(cause);
        const details = { mayHaveActed: connected, cause };
        reject(new VastError("unavailable", `${what}: ${late}`, details));
      };
      const call = (secure ? httpsRequest : httpRequest)(endpoint, {
        agent: secure ? this.#https : this.#http,
        method: request.method,
        path,
        headers: signedHeaders(request, endpoint.host, new Date(), this.#options),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      call.setTimeout(idleMs, () => call.destroy(new Error(`silent for ${idleMs} ms`)));
      call.on("socket", (socket) => {
        if (call.reusedSocket || !socket.connecting) connected = true;
        else socket.once(secure ? "secureConnect" : "connect", () => (connected = true));
      });
      call.on("error", fail);
      call.on("response", (response) => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: bodyOf(response, what, signal) });
      });
      call.end(request.body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** All that goes out with a request, signed. Only host and date are part of the signature, and the body's hash. */
export function signedHeaders(
  request: VastRequest,
  host: string,
  time: Date,
  credentials: Credentials,
): Record<string, string> {
  const { method, path, command, body = new Uint8Array() } = request;
  const date = amzDate(time);
  const bodyHash = sha256(body);
  const parts = { method, path, query: command ? `${command}=` : "", host, date, bodyHash };
  return {
    host,
    ...request.headers,
    ...(method !== "GET" && method !== "HEAD" && { "content-length": String(body.byteLength) }),
    authorization: authorization(parts, credentials),
    "x-amz-date": date,
    "x-amz-content-sha256": bodyHash,
  };
}

/** The whole of an answer, up to a limit. */
export async function readAll(
  body: AsyncIterable<Uint8Array>,
  limit: number = 64 << 20,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw new VastError("corrupt", `an answer of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* bodyOf(
  response: IncomingMessage,
  what: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const reason = `${what}: the answer broke off: ${messageOf(cause)}`;
    throw new VastError("unavailable", reason, { mayHaveActed: true, cause });
  }
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const plain = url && url.pathname === "/" && !url.search && !url.username && !url.hash;
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      "Expected `endpoint` to be http(s)://host[:port], without path or credentials",
    );
  }
  return url;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
