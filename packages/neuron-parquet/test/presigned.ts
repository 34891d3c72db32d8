import { createHash, createHmac } from "node:crypto";

export interface Bucket {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const REGION = "us-east-1";

/** A URL that lets anyone do one thing with one object for an hour, as S3 takes it (signature version 4). */
export function presigned(method: "GET" | "PUT", path: string, bucket: Bucket): string {
  const { url, accessKeyId, secretAccessKey } = bucket;
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = at.slice(0, 8);
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scope}`,
    "X-Amz-Date": at,
    "X-Amz-Expires": "3600",
    "X-Amz-SignedHeaders": "host",
  }).toString();
  const { host } = new URL(url);
  const asked = [method, path, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const digest = createHash("sha256").update(asked).digest("hex");
  const text = ["AWS4-HMAC-SHA256", at, scope, digest].join("\n");
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of [day, REGION, "s3", "aws4_request", text])
    key = createHmac("sha256", key).update(part).digest();
  return `${url}${path}?${query}&X-Amz-Signature=${(key as Buffer).toString("hex")}`;
}
