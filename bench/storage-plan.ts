import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Seen, startFaultProxy } from "../packages/storage/test/faults/proxy.ts";
import { segmentation } from "./segmentation.ts";
import type { S3Place } from "./storage-child.ts";

const main = join(import.meta.dirname, "../packages/pocaduck/src/main.ts");
const run = promisify(execFile);

export interface Requests {
  put: number;
  get: number;
  list: number;
}

/**
 * What `pocaduck ingest --plan` says of the real 512³ in blocks of 8³, and what the ingest then asks of the server, as
 * seen on the wire.
 */
export async function plannedAndMade({
  endpoint,
  bucket,
  ...keys
}: S3Place): Promise<{ pairs: number; plan: Requests; made: Requests }> {
  await using proxy = await startFaultProxy(endpoint);
  const env = {
    ...process.env,
    POCADUCK_S3_ENDPOINT: proxy.url,
    POCADUCK_S3_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
  const pocaduck = async <T>(...words: string[]): Promise<T> =>
    JSON.parse((await run(process.execPath, [main, ...words, "--json"], { env })).stdout) as T;
  const dataset = `s3://${bucket}/planned`;
  const words = [
    "ingest",
    segmentation,
    dataset,
    "--points",
    "all",
    "--block",
    "8",
    "--workers",
    "2",
  ];
  const { requests: plan } = await pocaduck<{ requests: Requests }>(...words, "--plan");
  proxy.forget();
  await pocaduck(...words);
  const made = onWire(proxy.seen);
  const { pairs } = await pocaduck<{ pairs: number }>("info", dataset);
  return { pairs, plan, made };
}

/** Requests of S3 or GCS, by what they cost. */
export function onWire(seen: readonly Seen[]): Requests {
  const made: Requests = { put: 0, get: 0, list: 0 };
  for (const { method, path } of seen) {
    if (method === "PUT" || method === "POST") made.put++;
    else if (/list-type=2|\/o\?prefix=/.test(path)) made.list++;
    else if (method !== "DELETE") made.get++;
  }
  return made;
}
