import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Storage } from "@google-cloud/storage";
import type { Store } from "@pocaduck/storage";
import { GcsStore } from "@pocaduck/storage-gcs";
import { S3Store } from "@pocaduck/storage-s3";
import type { GcsPlace, S3Place } from "./storage-child.ts";

export interface Range {
  key: string;
  offset: number;
  length: number;
}

/** A bucket as our store and as its vendor's SDK reach it. */
export interface Bucket extends AsyncDisposable {
  name: string;
  open(options?: { concurrency?: number }): Store & AsyncDisposable & { close(): Promise<void> };
  /** One range by the SDK alone; the bytes are thrown away. */
  get(range: Range): Promise<void>;
}

export function s3Client({ endpoint, accessKeyId, secretAccessKey }: S3Place): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 64 } },
  });
}

export async function makeBucket(place: S3Place | GcsPlace): Promise<void> {
  if ("accessKeyId" in place) {
    const client = s3Client(place);
    await client.send(new CreateBucketCommand({ Bucket: place.bucket }));
    client.destroy();
    return;
  }
  const made = await fetch(`${place.endpoint}/storage/v1/b?project=test`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: place.bucket }),
  });
  if (!made.ok) throw new Error(await made.text());
}

export function onMinio(place: S3Place): Bucket {
  const { endpoint, bucket, ...credentials } = place;
  const client = s3Client(place);
  return {
    name: "MinIO",
    open: (options) => new S3Store({ endpoint, bucket, credentials, ...options }),
    async get({ key, offset, length }) {
      const Range = `bytes=${offset}-${offset + length - 1}`;
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
      if (!(Body instanceof Readable)) throw new Error(`no body for ${key}`);
      await finished(Body.resume());
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

export function onFakeGcs({ endpoint, bucket }: GcsPlace): Bucket {
  const files = new Storage({ apiEndpoint: endpoint, projectId: "test" }).bucket(bucket);
  return {
    name: "fake-gcs-server",
    open: (options) => new GcsStore({ endpoint, bucket, ...options }),
    async get({ key, offset, length }) {
      const range = { start: offset, end: offset + length - 1, decompress: false };
      const stream = files.file(key).createReadStream({ ...range, validation: false });
      await finished(stream.resume());
    },
    async [Symbol.asyncDispose]() {},
  };
}
