import { Agent as HttpAgent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as HttpsAgent, request as secureRequest } from "node:https";
import {
  explain,
  malformed,
  RequestError,
  retryAfterMs,
  systemCode,
} from "@pocaduck/storage/remote";

export interface Request {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: readonly Uint8Array[];
}

/** Sends requests over kept connections. Bodies come as stored: nothing is decompressed or followed. */
export class Http {
  readonly #agents: { "http:": HttpAgent; "https:": HttpsAgent };

  constructor(concurrency: number) {
    const options = { keepAlive: true, maxSockets: concurrency };
    this.#agents = { "http:": new HttpAgent(options), "https:": new HttpsAgent(options) };
  }

  close(): void {
    this.#agents["http:"].destroy();
    this.#agents["https:"].destroy();
  }

  /** The answer's head, whatever its status. Its body has to be read or destroyed. */
  async send(
    { method, url, headers, body = [] }: Request,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const target = new URL(url);
    const secure = target.protocol === "https:";
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const sized = method === "GET" ? headers : { ...headers, "content-length": String(length) };
    try {
      return await new Promise((resolve, reject) => {
        const agent = this.#agents[secure ? "https:" : "http:"];
        const start = secure ? secureRequest : plainRequest;
        const request = start(target, { method, headers: sized, agent, signal }, resolve);
        request.once("error", reject);
        for (const part of body) request.write(part);
        request.end();
      });
    } catch (error) {
      throw connectionError(error);
    }
  }
}

export async function* bytesOf(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) {
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  } catch (error) {
    throw connectionError(error);
  } finally {
    answer.destroy();
  }
}

const longest = 64 << 20;

/** A JSON body, of a size that no listing exceeds. */
export async function jsonOf(answer: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await textOf(answer, longest);
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw malformed("no JSON, but something else");
}

/** What went wrong, as the server tells it. */
export async function failure(answer: IncomingMessage): Promise<RequestError> {
  const { statusCode: status, headers } = answer;
  const size = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  if (status !== undefined && [301, 302, 303, 307].includes(status)) {
    answer.destroy();
    return redirected(headers.location);
  }
  const { message, code: reason } = explain(await textOf(answer, 1 << 20));
  const isSpoilt = status === 400 && /doesn't match calculated/.test(message);
  const code = isSpoilt ? "BadDigest" : reason;
  return new RequestError(message || answer.statusMessage || "the request failed", {
    status,
    code,
    requestId: single(headers["x-guploader-uploadid"]),
    retryAfterMs: retryAfterMs(headers["retry-after"]),
    size: size === undefined ? undefined : Number(size),
  });
}

/** Nothing is sent there: the token would go to another host. */
function redirected(location: string | undefined): RequestError {
  const host = URL.parse(location ?? "")?.host;
  const where = host === undefined ? "" : ` to ${host}`;
  const reason = `redirected${where}, where the credentials must not follow; set that as \`endpoint\` if it is right`;
  return new RequestError(reason, { code: "Redirected" });
}

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function textOf(answer: IncomingMessage, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytesOf(answer)) {
    size += chunk.length;
    if (size > limit) throw malformed(`an answer of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function connectionError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const message = error instanceof Error ? error.message : "the connection failed";
  return new RequestError(message, { code: systemCode(error) });
}
