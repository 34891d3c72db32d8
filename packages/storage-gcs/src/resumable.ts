import type { IncomingMessage } from "node:http";
import type { ObjectMeta } from "@pocaduck/storage";
import { malformed, RequestError, type Upload } from "@pocaduck/storage/remote";
import { crc32c, crcText } from "./crc32c.ts";
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
  readonly #remove: (generation: string, signal: AbortSignal) => Promise<void>;
  /** The end of the object, which goes up with its size. */
  #last: { offset: number; body: Uint8Array } | undefined;
  /** Of all parts so far, each counted once. */
  #crc = 0;
  #counted = 0;
  /** Generation of an object that is stored and is not what was sent. */
  #damaged: string | undefined;

  constructor(
    http: Http,
    session: string,
    metaOf: (resource: Record<string, unknown>) => ObjectMeta,
    remove: (generation: string, signal: AbortSignal) => Promise<void>,
  ) {
    this.#http = http;
    this.#session = session;
    this.#metaOf = metaOf;
    this.#remove = remove;
  }

  async part(index: number, offset: number, body: Uint8Array, signal: AbortSignal): Promise<void> {
    if (index === this.#counted) {
      this.#crc = crc32c(body, this.#crc);
      this.#counted++;
    }
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
    const told = crcText(this.#crc);
    // Google compares it before the object comes to be; others tell theirs afterwards.
    const answer = await this.#put(range, body, signal, { "x-goog-hash": `crc32c=${told}` });
    if (answer.statusCode === 308) {
      answer.resume();
      throw malformed("bytes of the upload are missing");
    }
    if (answer.statusCode !== 200 && answer.statusCode !== 201) {
      const failed = await failure(answer);
      throw failed.code === "BadDigest" ? changed() : failed;
    }
    const resource = await jsonOf(answer);
    const meta = this.#metaOf(resource);
    const found = String(resource.crc32c ?? told);
    if (meta.size === size && found === told) return meta;
    this.#damaged = meta.etag;
    const reason = `an object of ${meta.size} bytes came of an upload of ${size}`;
    throw meta.size === size ? changed() : new RequestError(reason, { code: "Damaged" });
  }

  /** What holds no object yet is not listed, and costs nothing. */
  async sweep(): Promise<void> {}

  async abort(signal: AbortSignal): Promise<void> {
    if (this.#damaged !== undefined) return this.#remove(this.#damaged, signal);
    const request = { method: "DELETE", url: this.#session, headers: {} } as const;
    const answer = await this.#http.send(request, signal);
    answer.resume();
    // 499 is how a cancelled upload answers; 404 and 410 how one that is gone does.
    if ([200, 204, 404, 410, 499].includes(answer.statusCode ?? 0)) return;
    throw new RequestError("an upload could not be cancelled", { status: answer.statusCode });
  }

  #put(
    range: string,
    body: Uint8Array,
    signal: AbortSignal,
    more: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const headers = { "content-range": range, ...more };
    return this.#http.send({ method: "PUT", url: this.#session, headers, body: [body] }, signal);
  }
}

/** Nobody knows in which part, so that none can be sent again. */
function changed(): RequestError {
  return new RequestError("the bytes changed on their way up; the upload has to be made again", {
    code: "Damaged",
  });
}
