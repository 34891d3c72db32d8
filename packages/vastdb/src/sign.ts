import { createHash, createHmac } from "node:crypto";

export type Credentials = { accessKey: string; secretKey: string };

export type SignedParts = {
  method: string;
  /** Already encoded, without a query. */
  path: string;
  /** As signed: a bare `?rows` is `rows=`. */
  query: string;
  /** With the port unless that is the scheme's own. */
  host: string;
  /** `YYYYMMDDTHHMMSSZ` */
  date: string;
  bodyHash: string;
};

/**
 * The value of `Authorization`: Signature Version 4 with an empty region, over host and date alone. The general
 * signers insist on a region and sign every header.
 */
export function authorization(parts: SignedParts, { accessKey, secretKey }: Credentials): string {
  const { method, path, query, host, date, bodyHash } = parts;
  const day = date.slice(0, 8);
  const scope = `${day}//s3/aws4_request`;
  const signed = "host;x-amz-date";
  const canonical = [
    ...[method, path, query],
    ...[`host:${host}`, `x-amz-date:${date}`, ""],
    ...[signed, bodyHash],
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = [day, "", "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  const signature = hmac(key, toSign).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

export function amzDate(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
