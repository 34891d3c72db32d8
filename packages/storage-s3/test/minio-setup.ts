import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { TestProject } from "vitest/node";
import { startMinio } from "../../../scripts/servers/minio.mjs";

export interface S3Place {
  url: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    s3: S3Place;
  }
}

/** One MinIO for all files of this package. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, accessKeyId, secretAccessKey, stop } = await startMinio();
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
