import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { ObjectMeta } from "@pocaduck/storage";
import { malformed, RequestError, type Upload } from "@pocaduck/storage/remote";
import { requestError } from "./s3-error.ts";

interface Target {
  Bucket: string;
  Key: string;
}

export class S3Upload implements Upload {
  readonly #client: S3Client;
  readonly #target: Target & { UploadId: string };
  readonly #head: (signal: AbortSignal) => Promise<ObjectMeta | undefined>;
  readonly #etags: string[] = [];

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
      throw requestError(error);
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

  async abort(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new AbortMultipartUploadCommand(this.#target), {
        abortSignal: signal,
      });
    } catch (error) {
      const failed = requestError(error);
      if (!(failed instanceof RequestError) || failed.status !== 404) throw failed;
    }
  }
}
