import type { IncomingMessage } from "node:http";
import type { ObjectMeta } from "@pocaduck/storage";
import {
  type Answer,
  malformed,
  type Page,
  RequestError,
  Secrets,
  spoilt,
  type Transport,
  type UnfinishedPage,
  type Upload,
} from "@pocaduck/storage/remote";
import { crc32c, crcText } from "./crc32c.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import { bytesOf, failure, Http, jsonOf, type Request, single } from "./http.ts";
import type { GcsStoreOptions } from "./options.ts";
import { GcsUpload } from "./resumable.ts";

/** Kept with each object, to tell our own write from a rival's. */
const writer = "pocaduck-writer";

/** Single requests to the JSON API. The generation of an object is its etag and its pin. */
export class GcsTransport implements Transport {
  readonly place: string;
  readonly secrets: Secrets = new Secrets();
  readonly leftovers = "Google ends it after a week, at no cost";
  /** A resumable upload takes its chunks in order. */
  readonly partConcurrency = 1;
  readonly #credentials: Credentials;
  readonly #http: Http;
  readonly #bucket: string;
  readonly #userProject: string | undefined;
  readonly #partSize: number;
  #seenBucket = false;

  constructor(options: GcsStoreOptions) {
    this.#credentials = findCredentials(options, this.secrets);
    this.#http = new Http(options.concurrency ?? 80);
    this.#bucket = encodeURIComponent(options.bucket);
    this.#userProject = options.userProject;
    this.#partSize = options.partSize ?? 8 << 20;
    const host = options.endpoint === undefined ? "" : ` at ${new URL(options.endpoint).host}`;
    this.place = `gs://${options.bucket}${host}`;
  }

  async read(
    key: string,
    range: string | undefined,
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const query = { alt: "media", ...(pin === undefined ? {} : { ifGenerationMatch: pin }) };
    const answer = await this.#send("GET", this.#object(key, query), signal, {
      // Else an object stored compressed would come decompressed, and its ranges be of other bytes.
      "accept-encoding": "gzip",
      ...(range === undefined ? {} : { range }),
    });
    if (await this.#isAbsent(answer, signal)) return undefined;
    const generation = single(answer.headers["x-goog-generation"]);
    if (generation === undefined) {
      answer.destroy();
      throw malformed("an answer without a generation is not from a GCS server");
    }
    const length = answer.headers["content-length"];
    return {
      status: answer.statusCode ?? 0,
      pin: generation,
      contentLength: length === undefined ? undefined : Number(length),
      contentRange: answer.headers["content-range"],
      body: bytesOf(answer),
      ...checkOf(single(answer.headers["x-goog-hash"])),
      cancel: () => answer.destroy(),
    };
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    return (await this.token(key, signal))?.meta;
  }

  async token(
    key: string,
    signal: AbortSignal,
  ): Promise<{ meta: ObjectMeta; token: string | undefined } | undefined> {
    const url = this.#object(key, { fields: "name,size,generation,metadata" });
    const answer = await this.#send("GET", url, signal);
    if (await this.#isAbsent(answer, signal)) return undefined;
    const resource = await jsonOf(answer);
    const { metadata } = resource as { metadata?: Record<string, string> };
    return { meta: metaOf(resource), token: metadata?.[writer] };
  }

  async page(
    prefix: string,
    after: string | undefined,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page> {
    const url = this.#url(`/storage/v1/b/${this.#bucket}/o`, {
      prefix,
      maxResults: "1000",
      fields: "kind,nextPageToken,items(name,size,generation)",
      ...(next === undefined ? {} : { pageToken: next }),
      // The reader drops `after` itself, where this listing starts.
      ...(after ? { startOffset: after } : {}),
    });
    const answer = await this.#ok(await this.#send("GET", url, signal));
    const body = (await jsonOf(answer)) as {
      kind?: string;
      items?: Record<string, unknown>[];
      nextPageToken?: string;
    };
    if (body.kind !== "storage#objects") throw malformed("no listing, but something else");
    return { objects: (body.items ?? []).map(metaOf), next: body.nextPageToken || undefined };
  }

  async put(
    key: string,
    body: Uint8Array,
    { ifAbsent, token }: { ifAbsent: boolean; token: string },
    signal: AbortSignal,
  ): Promise<ObjectMeta> {
    const boundary = `pocaduck-${token}`;
    // Compared by the server before it stores anything.
    const crc = { crc32c: crcText(crc32c(body)) };
    const url = this.#url(`/upload/storage/v1/b/${this.#bucket}/o`, {
      uploadType: "multipart",
      ...(ifAbsent ? { ifGenerationMatch: "0" } : {}),
    });
    const head = [
      `--${boundary}\r\ncontent-type: application/json\r\n\r\n${this.#resource(key, token, crc)}`,
      `\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`,
    ].join("");
    const parts = [Buffer.from(head), body, Buffer.from(`\r\n--${boundary}--\r\n`)];
    const headers = { "content-type": `multipart/related; boundary=${boundary}` };
    const answer = await this.#ok(await this.#send("POST", url, signal, headers, parts));
    const meta = metaOf(await jsonOf(answer));
    if (meta.size === body.length) return meta;
    throw malformed(`${meta.size} bytes were stored of ${body.length}`);
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.#delete(key, {}, signal);
  }

  async #delete(key: string, query: Record<string, string>, signal: AbortSignal): Promise<void> {
    const answer = await this.#send("DELETE", this.#object(key, query), signal);
    if (await this.#isAbsent(answer, signal)) return;
    answer.resume();
    if (answer.statusCode === 204 || answer.statusCode === 200) return;
    throw malformed(`a delete was answered with status ${answer.statusCode}`);
  }

  async upload(key: string, token: string, signal: AbortSignal): Promise<Upload> {
    const url = this.#url(`/upload/storage/v1/b/${this.#bucket}/o`, { uploadType: "resumable" });
    const headers = { "content-type": "application/json" };
    const body = [Buffer.from(this.#resource(key, token, {}))];
    const answer = await this.#ok(await this.#send("POST", url, signal, headers, body));
    answer.resume();
    const session = answer.headers.location;
    if (session === undefined) throw malformed("an upload without a place");
    return new GcsUpload(this.#http, session, metaOf, (generation, stop) =>
      this.#delete(key, { ifGenerationMatch: generation }, stop),
    );
  }

  /** Google ends them. */
  async unfinished(): Promise<UnfinishedPage> {
    return { uploads: [], next: undefined };
  }

  async endUpload(): Promise<void> {}

  partSize(): number {
    return this.#partSize;
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  #resource(key: string, token: string, more: object): string {
    return JSON.stringify({ name: key, metadata: { [writer]: token }, ...more });
  }

  #object(key: string, query: Record<string, string>): string {
    return this.#url(`/storage/v1/b/${this.#bucket}/o/${encodeURIComponent(key)}`, query);
  }

  #url(path: string, query: Record<string, string>): string {
    const project = this.#userProject === undefined ? {} : { userProject: this.#userProject };
    return `${this.#credentials.base}${path}?${new URLSearchParams({ ...query, ...project })}`;
  }

  async #send(
    method: Request["method"],
    url: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
    body: readonly Uint8Array[] = [],
  ): Promise<IncomingMessage> {
    const signed = { ...(await this.#credentials.headers()), ...headers };
    const answer = await this.#http.send({ method, url, headers: signed, body }, signal);
    if (answer.statusCode === 401) this.#credentials.renew();
    return answer;
  }

  async #ok(answer: IncomingMessage): Promise<IncomingMessage> {
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return answer;
    const failed = await failure(answer);
    throw statusCode === 404 ? noSuchBucket() : failed;
  }

  /** A missing bucket has a message of its own; any other 404 is a missing object. */
  async #isAbsent(answer: IncomingMessage, signal: AbortSignal): Promise<boolean> {
    if (answer.statusCode !== 404) {
      await this.#ok(answer);
      return false;
    }
    const { message } = await failure(answer);
    if (/no such object/i.test(message)) return true;
    const isBucket = /bucket does not exist/i.test(message) || !(await this.#hasBucket(signal));
    if (isBucket) throw noSuchBucket();
    return true;
  }

  /** Emulators say of either that it was not found, and nothing more. A right to list may be missing. */
  async #hasBucket(signal: AbortSignal): Promise<boolean> {
    if (this.#seenBucket) return true;
    const url = this.#url(`/storage/v1/b/${this.#bucket}/o`, { maxResults: "1", fields: "kind" });
    const answer = await this.#send("GET", url, signal);
    answer.resume();
    this.#seenBucket = answer.statusCode !== 404;
    return this.#seenBucket;
  }
}

/** `crc32c=…,md5=…`, of the bytes as they are stored; an object of others may lack it. */
function checkOf(hashes: string | undefined): Pick<Answer, "check"> {
  const told = /(?:^|,\s*)crc32c=([^,\s]+)/.exec(hashes ?? "")?.[1];
  if (told === undefined) return {};
  return {
    check(object) {
      const found = crcText(crc32c(object));
      if (found !== told) throw spoilt(told, found);
    },
  };
}

function noSuchBucket(): RequestError {
  return new RequestError("the bucket does not exist", { status: 404, code: "NoSuchBucket" });
}

function metaOf(resource: Record<string, unknown>): ObjectMeta {
  const { name, size, generation } = resource;
  const bytes = Number(size);
  if (typeof name !== "string" || generation === undefined || !Number.isSafeInteger(bytes)) {
    throw malformed("an object without name, size or generation");
  }
  return { key: name, size: bytes, etag: String(generation) };
}
