import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { LabelmapError } from "../errors.ts";

export interface DvidRequest {
  url: URL;
  /** Sent with GET, as DVID wants lists of ids: `fetch` refuses that. */
  body?: string;
  token?: string;
  /** Ends the request when no byte comes for so long; 60,000 by default. */
  idleMs?: number;
  signal?: AbortSignal;
}

/** Answers once the head is there; the body may still fail. */
export function get(request: DvidRequest): Promise<IncomingMessage> {
  const { url, body, token, idleMs = 60_000, signal } = request;
  const headers: Record<string, string> = {};
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const open = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = { method: "GET", headers, ...(signal && { signal }) };
    const sent: ClientRequest = open(url, options, resolve);
    sent.setTimeout(idleMs, () => {
      sent.destroy(
        new LabelmapError("unavailable", `DVID sent no byte for ${idleMs} ms: ${url.pathname}`),
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/**
 * A whole body.
 * @throws {LabelmapError} `too-large` past `maxSize` bytes, before more are held.
 */
export async function collect(body: AsyncIterable<Buffer>, maxSize: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxSize) throw new LabelmapError("too-large", `answer is above ${maxSize} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}
