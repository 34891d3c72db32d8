import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { TestProject } from "vitest/node";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { available } from "../../../test/available.ts";

export interface S3Place {
  url: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    s3: S3Place | undefined;
  }
}

/** One MinIO for all files of this package. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const minio = await available(startMinio);
  if (minio === undefined) return async () => {};
  const { url, accessKeyId, secretAccessKey, stop } = minio;
  const bucket = "contract";
  const client = new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  project.provide("s3", { url, bucket, accessKeyId, secretAccessKey });
  return stop;
}
