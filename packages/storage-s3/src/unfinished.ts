import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { UnfinishedPage, UnfinishedUpload } from "@pocaduck/storage/remote";
import { malformed } from "@pocaduck/storage/remote";
import { requestError } from "./s3-error.ts";

/**
 * A page of the uploads of keys that begin with `prefix`. A server other than AWS is asked for those of all keys, since
 * MinIO knows no prefix here but a whole key or none.
 */
export async function unfinishedUploads(
  client: S3Client,
  { bucket, isAws }: { bucket: string; isAws: boolean },
  prefix: string,
  after: UnfinishedUpload | undefined,
  signal: AbortSignal,
): Promise<UnfinishedPage> {
  const command = new ListMultipartUploadsCommand({
    Bucket: bucket,
    ...(isAws ? { Prefix: prefix } : {}),
    ...(after && { KeyMarker: after.key, UploadIdMarker: after.id }),
  });
  try {
    const output = await client.send(command, { abortSignal: signal });
    const now = Date.now() + client.config.systemClockOffset;
    const uploads = (output.Uploads ?? []).flatMap(({ Key: key, UploadId: id, Initiated }) => {
      if (key === undefined || id === undefined || !Initiated) throw malformed("an upload unnamed");
      // The server's clock is known in steps of a second.
      const ageMs = Math.max(0, now - Initiated.getTime());
      return key.startsWith(prefix) ? [{ key, id, ageMs }] : [];
    });
    const { IsTruncated, NextKeyMarker: key, NextUploadIdMarker: id } = output;
    if (!IsTruncated) return { uploads, next: undefined };
    if (!key || !id) throw malformed("a listing of uploads that does not say how to go on");
    return { uploads, next: { key, id, ageMs: 0 } };
  } catch (error) {
    throw requestError(error);
  }
}

/** Resolves too when it is gone already. */
export async function endUpload(
  client: S3Client,
  target: { Bucket: string; Key: string; UploadId: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand(target), { abortSignal: signal });
  } catch (error) {
    const failed = requestError(error);
    if (failed.status !== 404) throw failed;
  }
}
