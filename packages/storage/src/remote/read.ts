import { concat } from "../body.ts";
import { resolveRange } from "../range.ts";
import type { ByteRange } from "../store.ts";
import { malformed, RequestError } from "./request-error.ts";
import type { Try } from "./retry.ts";
import type { Answer, ReadTransport } from "./transport.ts";

/** The object is shorter than the range's start. */
export class PastEnd extends Error {
  readonly size: number;
  constructor(size: number) {
    super("past the end");
    this.size = size;
  }
}

/**
 * One read over as many attempts as it takes. What arrived stays; the next attempt asks for the
 * rest of the same object. Bytes of two versions are never joined.
 */
export class Read {
  readonly #transport: ReadTransport;
  readonly #key: string;
  readonly #range: ByteRange | undefined;
  #pin: string | undefined;
  /** Of the whole object; known from the first answer on. */
  #total = 0;
  #start = 0;
  #body: Uint8Array | undefined;
  #filled = 0;
  #check: Answer["check"];
  /** Of all attempts. */
  #most = 0;

  /** Without a range, the whole object. The range is not empty. */
  constructor(transport: ReadTransport, key: string, range: ByteRange | undefined) {
    this.#transport = transport;
    this.#key = key;
    this.#range = range;
  }

  /** The bytes, or `undefined` when the object is absent. Another attempt may follow a failed one. */
  async attempt(use: Try): Promise<Uint8Array | undefined> {
    const { signal } = use;
    const rest = this.#body;
    let answer: Answer | undefined;
    try {
      answer = await this.#transport.read(this.#key, this.#header(), this.#pin, signal);
      if (!answer) return undefined;
      use.alive();
      if (rest) this.#checkRest(answer, rest);
      else this.#begin(answer);
      const body = await this.#receive(answer, use);
      if (!this.#range) this.#check?.(body);
      return body;
    } catch (error) {
      answer?.cancel();
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 416) return this.#unsatisfiable(error, signal);
      const lost = /^(MalformedAnswer|RangesIgnored|ChecksumMismatch)$/.test(error.code ?? "");
      // Without a pin nobody could tell the rest of this object from that of the next.
      if (lost || error.status === 412 || this.#pin === undefined) this.#restart();
      // Replaced meanwhile: the new object is as good, if it comes whole.
      if (error.status === 412) throw malformed("the object was replaced while it was read");
      throw error;
    }
  }

  #header(): string | undefined {
    if (this.#body) {
      return `bytes=${this.#start + this.#filled}-${this.#start + this.#body.length - 1}`;
    }
    if (!this.#range) return undefined;
    if ("suffixLength" in this.#range) return `bytes=-${this.#range.suffixLength}`;
    const { offset, length } = this.#range;
    return `bytes=${offset}-${Math.min(Number.MAX_SAFE_INTEGER, offset + length - 1)}`;
  }

  #begin(answer: Answer): void {
    this.#pin = answer.pin;
    this.#check = answer.check;
    if (!this.#range) {
      if (answer.status !== 200) throw malformed(`status ${answer.status} for a whole object`);
      this.#start = 0;
      this.#body =
        answer.contentLength === undefined ? undefined : new Uint8Array(answer.contentLength);
      this.#total = answer.contentLength ?? 0;
    } else {
      const { start, end, total } = this.#part(answer);
      const [from, to] = resolveRange(this.#key, this.#range, total);
      if (start !== from || end !== to) {
        throw malformed(`asked for bytes ${from} to ${to} of ${total}, got ${start} to ${end}`);
      }
      this.#start = start;
      this.#total = total;
      this.#body = new Uint8Array(end - start);
    }
    this.#filled = 0;
  }

  #checkRest(answer: Answer, body: Uint8Array): void {
    const { start, end, total } = this.#part(answer);
    const from = this.#start + this.#filled;
    const to = this.#start + body.length;
    if (start !== from || end !== to || total !== this.#total) {
      throw malformed(
        `asked for bytes ${from} to ${to} of ${this.#total}, got ${start} to ${end} of ${total}`,
      );
    }
    if (answer.pin !== this.#pin) throw malformed("the object was replaced while it was read");
  }

  #part({ status, contentRange, contentLength }: Answer): {
    start: number;
    end: number;
    total: number;
  } {
    if (status === 200) {
      throw new RequestError("status 200 for a range; the server ignores ranges", {
        code: "RangesIgnored",
      });
    }
    if (status !== 206) throw malformed(`status ${status} for a range`);
    // MinIO answers "0--1/0" to a suffix of an empty object.
    const match = /^bytes (\d+)-(-1|\d+)\/(\d+)$/.exec(contentRange ?? "");
    if (!match)
      throw malformed(`Content-Range ${contentRange ?? "missing; the server must expose it"}`);
    const [start = 0, last = 0, total = 0] = match.slice(1).map(Number);
    const length = last + 1 - start;
    if (contentLength !== undefined && contentLength !== length) {
      throw malformed(`Content-Length ${contentLength} for ${length} bytes`);
    }
    return { start, end: last + 1, total };
  }

  async #receive({ body }: Answer, use: Try): Promise<Uint8Array> {
    const target = this.#body;
    if (!target) return receiveAll(body, use);
    for await (const chunk of body) {
      if (this.#filled + chunk.length > target.length) {
        throw malformed(`more than the ${target.length} bytes announced`);
      }
      target.set(chunk, this.#filled);
      this.#filled += chunk.length;
      use.alive();
      if (this.#filled > this.#most) {
        this.#most = this.#filled;
        use.progress();
      }
    }
    if (this.#filled === target.length) return target;
    throw new RequestError(`the body ended after ${this.#filled} of ${target.length} bytes`, {
      code: "ShortBody",
    });
  }

  /** A 416 is right for a start at or past the end, and for every range of an empty object. */
  async #unsatisfiable(error: RequestError, signal: AbortSignal): Promise<Uint8Array | undefined> {
    this.#restart();
    const size = error.size ?? (await this.#transport.head(this.#key, signal))?.size;
    if (size === undefined || !this.#range) return undefined;
    if ("offset" in this.#range && this.#range.offset > size) throw new PastEnd(size);
    const [start, end] = resolveRange(this.#key, this.#range, size);
    if (start === end) return new Uint8Array();
    throw malformed(`status 416 for bytes ${start} to ${end} of ${size}`);
  }

  #restart(): void {
    this.#pin = undefined;
    this.#body = undefined;
    this.#filled = 0;
  }
}

/** Of an answer that did not announce its length: nothing to resume, so one attempt gets it whole. */
async function receiveAll(body: AsyncIterable<Uint8Array>, { alive }: Try): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    alive();
    chunks.push(new Uint8Array(chunk));
    size += chunk.length;
  }
  return concat(chunks, size);
}
