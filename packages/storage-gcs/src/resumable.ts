import type { IncomingMessage } from "node:http";
import type { ObjectMeta } from "@pocaduck/storage";
import { malformed, RequestError, type Upload } from "@pocaduck/storage/remote";
import { failure, type Http, jsonOf } from "./http.ts";

const unit = 256 * 1024;

/**
 * A resumable upload. Its address is a credential of its own. A chunk whose answer was lost is sent
 * again: the server ignores bytes that it already has.
 */
export class GcsUpload implements Upload {
  readonly #http: Http;
  readonly #session: string;
  readonly #metaOf: (resource: Record<string, unknown>) => ObjectMeta;
  /** The end of the object, which goes up with its size. */
  #last: { offset: number; body: Uint8Array } | undefined;

  constructor(
    http: Http,
    session: string,
    metaOf: (resource: Record<string, unknown>) => ObjectMeta,
  ) {
    this.#http = http;
    this.#session = session;
    this.#metaOf = metaOf;
  }

  async part(_index: number, offset: number, body: Uint8Array, signal: AbortSignal): Promise<void> {
    if (body.length % unit !== 0) {
      this.#last = { offset, body };
      return;
    }
    const end = offset + body.length;
    const answer = await this.#put(`bytes ${offset}-${end - 1}/*`, body, signal);
    if (answer.statusCode !== 308) throw await failure(answer);
    answer.resume();
    const kept = Number(/-(\d+)$/.exec(answer.headers.range ?? "")?.[1] ?? -1) + 1;
    if (kept !== end) throw malformed(`${kept} bytes were kept of ${end}`);
  }

  async complete(size: number, signal: AbortSignal): Promise<ObjectMeta> {
    const { offset, body } = this.#last ?? { offset: size, body: new Uint8Array() };
    const range = body.length === 0 ? `bytes */${size}` : `bytes ${offset}-${size - 1}/${size}`;
    const answer = await this.#put(range, body, signal);
    if (answer.statusCode === 308) {
      answer.resume();
      throw malformed("bytes of the upload are missing");
    }
    if (answer.statusCode !== 200 && answer.statusCode !== 201) throw await failure(answer);
    const meta = this.#metaOf(await jsonOf(answer));
    if (meta.size === size) return meta;
    throw malformed(`an object of ${meta.size} bytes came of an upload of ${size}`);
  }

  /** What holds no object yet is not listed, and costs nothing. */
  async sweep(): Promise<void> {}

  async abort(signal: AbortSignal): Promise<void> {
    const request = { method: "DELETE", url: this.#session, headers: {} } as const;
    const answer = await this.#http.send(request, signal);
    answer.resume();
    // 499 is how a cancelled upload answers; 404 and 410 how one that is gone does.
    if ([200, 204, 404, 410, 499].includes(answer.statusCode ?? 0)) return;
    throw new RequestError("an upload could not be cancelled", { status: answer.statusCode });
  }

  #put(range: string, body: Uint8Array, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { "content-range": range };
    return this.#http.send({ method: "PUT", url: this.#session, headers, body: [body] }, signal);
  }
}
