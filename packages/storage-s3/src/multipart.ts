import { setTimeout as sleep } from "node:timers/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { ObjectMeta } from "@pocaduck/storage";
import { malformed, RequestError, type Upload } from "@pocaduck/storage/remote";
import { requestError } from "./s3-error.ts";
import { endUpload } from "./unfinished.ts";

interface Target {
  Bucket: string;
  Key: string;
}

/** Servers tell when an upload began in steps of a second. */
const clockStepMs = 1000;

export class S3Upload implements Upload {
  readonly #client: S3Client;
  readonly #target: Target & { UploadId: string };
  readonly #head: (signal: AbortSignal) => Promise<ObjectMeta | undefined>;
  readonly #etags: string[] = [];
  /** A part was sent and not answered. */
  #isCut = false;

  private constructor(
    client: S3Client,
    target: Target & { UploadId: string },
    head: (signal: AbortSignal) => Promise<ObjectMeta | undefined>,
  ) {
    this.#client = client;
    this.#target = target;
    this.#head = head;
  }

  static async open(
    client: S3Client,
    target: Target,
    metadata: Record<string, string>,
    signal: AbortSignal,
    head: (signal: AbortSignal) => Promise<ObjectMeta | undefined>,
  ): Promise<S3Upload> {
    const command = new CreateMultipartUploadCommand({ ...target, Metadata: metadata });
    try {
      const { UploadId } = await client.send(command, { abortSignal: signal });
      if (UploadId === undefined) throw malformed("an upload without an id");
      return new S3Upload(client, { ...target, UploadId }, head);
    } catch (error) {
      throw requestError(error);
    }
  }

  async part(index: number, _offset: number, body: Uint8Array, signal: AbortSignal): Promise<void> {
    const command = new UploadPartCommand({
      ...this.#target,
      PartNumber: index + 1,
      Body: body,
      ContentLength: body.length,
    });
    try {
      const { ETag } = await this.#client.send(command, { abortSignal: signal });
      if (ETag === undefined) throw malformed("a part was answered without an ETag");
      this.#etags[index] = ETag;
    } catch (error) {
      const failed = requestError(error);
      this.#isCut ||= failed.status === undefined;
      throw failed;
    }
  }

  async complete(size: number, signal: AbortSignal): Promise<ObjectMeta> {
    const parts = this.#etags.map((ETag, i) => ({ ETag, PartNumber: i + 1 }));
    const command = new CompleteMultipartUploadCommand({
      ...this.#target,
      MultipartUpload: { Parts: parts },
    });
    try {
      await this.#client.send(command, { abortSignal: signal });
      // Some servers answer here with another ETag than later, or with none.
      const meta = await this.#head(signal);
      if (meta?.size === size) return meta;
      throw malformed(`an object of ${meta?.size} bytes came of an upload of ${size}`);
    } catch (error) {
      throw requestError(error);
    }
  }

  async sweep(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { UploadId, ...target } = this.#target;
    const found = await this.#all(signal);
    const own = found.find((upload) => upload.UploadId === UploadId)?.Initiated;
    if (own === undefined) return;
    for (const { UploadId: other, Initiated } of found) {
      if (other === undefined || other === UploadId || Initiated === undefined) continue;
      // By the server's clock. A rival's has parts by now, or is older or younger.
      const age = own.getTime() - Initiated.getTime();
      if (age < -clockStepMs || age > sinceMs + clockStepMs) continue;
      const stray = { ...target, UploadId: other };
      if (await this.#isEmpty(stray, signal)) await this.#abort(stray, signal);
    }
  }

  async abort(signal: AbortSignal): Promise<void> {
    await this.#abort(this.#target, signal);
    if (!this.#isCut) return;
    // A part that the server was still taking in brings the upload back, says AWS too.
    for (const ms of [100, 400]) {
      await sleep(ms, undefined, { signal });
      if (!(await this.#isListed(signal))) return;
      await this.#abort(this.#target, signal);
    }
  }

  async #isListed(signal: AbortSignal): Promise<boolean> {
    try {
      const uploads = await this.#all(signal);
      return uploads.some(({ UploadId }) => UploadId === this.#target.UploadId);
    } catch (error) {
      // Without the right to look, the answer to the abort has to do.
      if (error instanceof RequestError && error.status === 403) return false;
      throw error;
    }
  }

  /** The exact key comes first of those that begin with it. */
  async #all(signal: AbortSignal): Promise<MultipartUpload[]> {
    const { Bucket, Key } = this.#target;
    const command = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
    try {
      const { Uploads = [] } = await this.#client.send(command, { abortSignal: signal });
      return Uploads.filter((upload) => upload.Key === Key);
    } catch (error) {
      throw requestError(error);
    }
  }

  async #isEmpty(target: Target & { UploadId: string }, signal: AbortSignal): Promise<boolean> {
    try {
      const command = new ListPartsCommand({ ...target, MaxParts: 1 });
      const { Parts = [] } = await this.#client.send(command, { abortSignal: signal });
      return Parts.length === 0;
    } catch (error) {
      throw requestError(error);
    }
  }

  #abort(target: Target & { UploadId: string }, signal: AbortSignal): Promise<void> {
    return endUpload(this.#client, target, signal);
  }
}
