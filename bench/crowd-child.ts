import { GcsStore } from "@pocaduck/storage-gcs";
import { S3Store } from "@pocaduck/storage-s3";

/** Lists all keys below a prefix, in a process of its own. Prints one line of JSON. */
export interface CrowdJob {
  kind: "s3" | "gs";
  endpoint: string;
  bucket: string;
  prefix: string;
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

export interface CrowdResult {
  keys: number;
  seconds: number;
  /** Megabytes of the heap after the first page, and after the last one. */
  heapMb: [first: number, last: number];
}

const { kind, prefix, credentials, ...place } = JSON.parse(process.argv[2] ?? "") as CrowdJob;
const store =
  kind === "s3"
    ? new S3Store({ ...place, ...(credentials && { credentials }) })
    : new GcsStore(place);
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
};
let keys = 0;
let first: number | undefined;
const started = performance.now();
for await (const _ of store.list(prefix)) {
  if (++keys === 1000) first = heap();
}
const seconds = (performance.now() - started) / 1000;
const last = heap();
const result: CrowdResult = { keys, seconds, heapMb: [first ?? last, last] };
process.stdout.write(`${JSON.stringify(result)}\n`);
await store.close();
