import { createDataset } from "@pocaduck/ingest";
import { type CallCounts, CountingStore, type Store } from "@pocaduck/storage";
import { GcsStore } from "@pocaduck/storage-gcs";
import { LocalStore } from "@pocaduck/storage-local";
import { S3Store } from "@pocaduck/storage-s3";
import { sampledBlocks, sampledPoints } from "./sampled.ts";

/**
 * One process of the bench of storage: `ingest` writes so many pairs of the sampled shape and publishes, `upload` puts
 * one object of so many bytes. Into a folder, or a bucket of the endpoint. Prints one line of JSON.
 */
export interface StorageJob {
  kind: "ingest" | "upload";
  size: number;
  place: { folder: string } | S3Place | GcsPlace;
}

export interface GcsPlace {
  endpoint: string;
  bucket: string;
}

export interface S3Place {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface StorageResult {
  points: number;
  /** Of writing, the commit included; and of publishing. */
  seconds: number;
  publishSeconds: number;
  /** Calls of the store while writing and publishing. */
  counts: CallCounts;
  /** Megabytes above what the process had before. */
  memoryMb: number;
}

const { kind, size, place } = JSON.parse(process.argv[2] ?? "") as StorageJob;
const store = new CountingStore(openPlace());
const result = kind === "ingest" ? await ingest() : await upload();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

function openPlace(): Store {
  if ("folder" in place) return new LocalStore(place.folder);
  if (!("accessKeyId" in place)) return new GcsStore(place);
  const { endpoint, bucket, ...credentials } = place;
  return new S3Store({ endpoint, bucket, credentials });
}

async function ingest(): Promise<StorageResult> {
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const dataset = await createDataset(store, { axes, attributes: { supervoxel: "uint64" } });
  const ingestor = dataset.ingestor();
  let seconds = 0;
  for (const block of sampledBlocks(size)) {
    const points = sampledPoints(block);
    const started = performance.now();
    await ingestor.writeBlock(block.id, { ...points });
    seconds += (performance.now() - started) / 1000;
  }
  const started = performance.now();
  const commit = await ingestor.commit();
  seconds += (performance.now() - started) / 1000;
  const publishing = performance.now();
  await dataset.publish();
  const publishSeconds = (performance.now() - publishing) / 1000;
  const memoryMb = process.resourceUsage().maxRSS / 1024;
  return { points: commit?.points ?? 0, seconds, publishSeconds, counts: store.counts, memoryMb };
}

async function upload(): Promise<StorageResult> {
  const part = new Uint8Array(2 ** 20).fill(7);
  // Sampled, for the largest of the whole process may be of its start.
  let peak = 0;
  async function* parts(bytes: number): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < bytes; sent += part.length) {
      yield part;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
  }
  // What it takes to be there at all, clients and code included, but no buffers of a large upload.
  await store.put("small", parts(part.length));
  const before = process.memoryUsage.rss();
  const started = performance.now();
  await store.put("large", parts(size));
  const seconds = (performance.now() - started) / 1000;
  const memoryMb = (peak - before) / 2 ** 20;
  return { points: 0, seconds, publishSeconds: 0, counts: store.counts, memoryMb };
}
