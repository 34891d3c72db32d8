import { crc32 } from "node:zlib";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
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
  type UnfinishedUpload,
  type Upload,
} from "@pocaduck/storage/remote";
import { openClient } from "./client.ts";
import { guard, type Route } from "./guard.ts";
import { S3Upload } from "./multipart.ts";
import type { S3StoreOptions } from "./options.ts";
import { requestError } from "./s3-error.ts";
import { endUpload, unfinishedUploads } from "./unfinished.ts";

const mebibyte = 1 << 20;
/** Kept with each object, to tell our own write from a rival's. */
const writer = "pocaduck-writer";

/** Single requests by the SDK. */
export class S3Transport implements Transport {
  readonly secrets: Secrets = new Secrets();
  readonly leftovers =
    "it is billed until a lifecycle rule with AbortIncompleteMultipartUpload ends it";
  readonly partConcurrency = 3;
  readonly #route: Route;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #partSize: number;

  constructor(options: S3StoreOptions) {
    this.#client = openClient(options);
    this.#bucket = options.bucket;
    this.#partSize = options.partSize ?? 8 * mebibyte;
    this.#route = guard(this.#client, options, this.secrets);
  }

  /** Without a host at AWS, which its bucket names. */
  get place(): string {
    const host = this.#route.host?.replace(`${this.#bucket}.`, "");
    return `s3://${this.#bucket}${host === undefined || isOfAws(host) ? "" : ` at ${host}`}`;
  }

  async read(
    key: string,
    range: string | undefined,
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const command = new GetObjectCommand({
      ...this.#object(key),
      ...(range === undefined ? {} : { Range: range }),
      ...(pin === undefined ? {} : { IfMatch: pin }),
    });
    const output = await absent(this.#client.send(command, { abortSignal: signal }));
    if (!output) return undefined;
    const stream = output.Body as NodeJS.ReadableStream & { destroy(error?: Error): void };
    const cancel = (): void => stream.destroy();
    if (output.ETag === undefined) {
      cancel();
      throw malformed("an answer without an ETag is not from an S3 server");
    }
    return {
      status: output.$metadata.httpStatusCode ?? 0,
      pin: output.ETag,
      contentLength: output.ContentLength,
      contentRange: output.ContentRange,
      body: bytesOf(stream, signal),
      ...checkOf(output),
      cancel,
    };
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    return (await this.token(key, signal))?.meta;
  }

  async token(
    key: string,
    signal: AbortSignal,
  ): Promise<{ meta: ObjectMeta; token: string | undefined } | undefined> {
    const command = new HeadObjectCommand(this.#object(key));
    const output = await absent(this.#client.send(command, { abortSignal: signal }));
    if (!output) return undefined;
    const { ContentLength: size, ETag: etag, Metadata } = output;
    if (etag === undefined || size === undefined) throw malformed("no ETag or no length");
    return { meta: { key, size, etag }, token: Metadata?.[writer] };
  }

  async page(
    prefix: string,
    after: string | undefined,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page> {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: prefix,
      ...(next === undefined ? {} : { ContinuationToken: next }),
      ...(next === undefined && after ? { StartAfter: after } : {}),
    });
    const output = await failing(this.#client.send(command, { abortSignal: signal }));
    if (output.IsTruncated === undefined) throw malformed("no listing, but something else");
    const objects = (output.Contents ?? []).map(({ Key: key, Size: size, ETag: etag }) => {
      if (key === undefined || size === undefined || etag === undefined) {
        throw malformed("a listing without keys, sizes or ETags");
      }
      return { key, size, etag };
    });
    if (!output.IsTruncated) return { objects, next: undefined };
    if (!output.NextContinuationToken) throw malformed("a listing that does not say how to go on");
    return { objects, next: output.NextContinuationToken };
  }

  async put(
    key: string,
    body: Uint8Array,
    { ifAbsent, token }: { ifAbsent: boolean; token: string },
    signal: AbortSignal,
  ): Promise<ObjectMeta> {
    const command = new PutObjectCommand({
      ...this.#object(key),
      Body: body,
      ContentLength: body.length,
      Metadata: { [writer]: token },
      ...(ifAbsent ? { IfNoneMatch: "*" } : {}),
    });
    const { ETag: etag } = await failing(this.#client.send(command, { abortSignal: signal }));
    if (etag === undefined) throw malformed("a put was answered without an ETag");
    return { key, size: body.length, etag };
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    const command = new DeleteObjectCommand(this.#object(key));
    const { $metadata } = await failing(this.#client.send(command, { abortSignal: signal }));
    if ($metadata.httpStatusCode !== 204 && $metadata.httpStatusCode !== 200) {
      throw malformed(`a delete was answered with status ${$metadata.httpStatusCode}`);
    }
  }

  async upload(key: string, token: string, signal: AbortSignal): Promise<Upload> {
    return S3Upload.open(this.#client, this.#object(key), { [writer]: token }, signal, (stop) =>
      this.head(key, stop),
    );
  }

  unfinished(
    prefix: string,
    after: UnfinishedUpload | undefined,
    signal: AbortSignal,
  ): Promise<UnfinishedPage> {
    const isAws = this.#route.host !== undefined && isOfAws(this.#route.host);
    const where = { bucket: this.#bucket, isAws };
    return unfinishedUploads(this.#client, where, prefix, after, signal);
  }

  endUpload({ key, id }: UnfinishedUpload, signal: AbortSignal): Promise<void> {
    return endUpload(this.#client, { ...this.#object(key), UploadId: id }, signal);
  }

  /** Room for 368 GB at the default of 8 MiB: 10,000 parts, the later ones larger. */
  partSize(index: number): number {
    if (index >= 10_000) {
      throw new RequestError("the object needs more than 10,000 parts; raise `partSize`", {
        code: "EntityTooLarge",
      });
    }
    return this.#partSize * Math.min(8, 2 ** Math.floor(index / 2000));
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }
}

function isOfAws(host: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(host);
}

async function failing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw requestError(error);
  }
}

/** `undefined` when the key is absent; a missing bucket stays an error. */
async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await failing(work);
  } catch (error) {
    // A HEAD has no body to tell a missing key from a missing bucket.
    const isAbsent = error instanceof RequestError && error.status === 404;
    if (isAbsent && error.code !== "NoSuchBucket") return undefined;
    throw error;
  }
}

/** The SDK compares an answer with its checksum, but not what was put together from several. */
function checkOf(output: GetObjectCommandOutput): Pick<Answer, "check"> {
  const { ChecksumCRC32: told, ChecksumType: type } = output;
  if (told === undefined || type === "COMPOSITE") return {};
  return {
    check(object) {
      const found = Buffer.alloc(4);
      found.writeUInt32BE(crc32(object));
      if (found.toString("base64") !== told) throw spoilt(told, found.toString("base64"));
    },
  };
}

async function* bytesOf(
  stream: NodeJS.ReadableStream & { destroy(error?: Error): void },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stop = (): void => stream.destroy(new Error("aborted"));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stream) {
      if (typeof chunk === "string") throw malformed("text where bytes were expected");
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
  } catch (error) {
    throw requestError(error);
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}
