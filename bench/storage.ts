import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startFaultProxy } from "../packages/storage/test/faults/proxy.ts";
import { startFakeGcs } from "../scripts/servers/fake-gcs.mjs";
import { startMinio } from "../scripts/servers/minio.mjs";
import { delay } from "./delay.ts";
import { markdown, short } from "./report.ts";
import { hasSegmentation } from "./segmentation.ts";
import type { GcsPlace, S3Place, StorageJob, StorageResult } from "./storage-child.ts";
import { lookups } from "./storage-lookups.ts";
import { makeBucket, onFakeGcs, onMinio } from "./storage-places.ts";
import { onWire, plannedAndMade, type Requests } from "./storage-plan.ts";

/**
 * `npm run bench storage [pairs]`: lookups and ingest in a real MinIO and a real fake-gcs-server on this machine, beside
 * the SDKs' own requests and the local disk; 10^6 pairs by default, and then the result is kept.
 */
const pairs = Number(process.argv[2] ?? 1e6);
const run = promisify(execFile);
const rows: string[][] = [];
const scratch = mkdtempSync(join(tmpdir(), "pocaduck-bench-storage-"));

type Place = S3Place | GcsPlace;

function add(figure: string, measured: string, reach = "printed"): void {
  rows.push([figure, measured, reach]);
  process.stderr.write(`${figure}: ${measured}\n`);
}

async function child(job: StorageJob): Promise<StorageResult> {
  const script = join(import.meta.dirname, "storage-child.ts");
  const { stdout } = await run(process.execPath, [script, JSON.stringify(job)]);
  return JSON.parse(stdout) as StorageResult;
}

async function made<P extends Place>(place: P, bucket: string): Promise<P> {
  const there = { ...place, bucket };
  await makeBucket(there);
  return there;
}

/** The dataset `fly`, of `pairs`, stays for the lookups. */
async function ingest(name: string, server: Place): Promise<void> {
  for (const round of [1, 2]) {
    const size = Math.min(pairs, 1e5);
    const folder = join(scratch, `${name}-${round}`);
    await child({ kind: "ingest", size, place: { folder } });
    rmSync(folder, { recursive: true });
    await child({ kind: "ingest", size, place: await made(server, `warm${round}`) });
  }
  const folder = join(scratch, name);
  const local = await child({ kind: "ingest", size: pairs, place: { folder } });
  rmSync(folder, { recursive: true });
  const place = await made(server, "fly");
  const theirs = await child({ kind: "ingest", size: pairs, place });
  const speed = ({ points, seconds }: StorageResult): string => short(points / seconds / 1e6);
  add(
    `ingest of ${short(pairs)} pairs into ${name} / onto the disk, points/s`,
    `${speed(theirs)} M / ${speed(local)} M = ${short(local.seconds / theirs.seconds)}`,
    "≥ 0.7",
  );
  add(
    "— the same of publishing, s",
    `${short(theirs.publishSeconds)} / ${short(local.publishSeconds)}`,
  );
  await requests(await made(server, "counted"));
}

/** Of one more ingest, as the store was asked and as the server was. */
async function requests(place: Place): Promise<void> {
  await using proxy = await startFaultProxy(place.endpoint, "accessKeyId" in place);
  const job = { kind: "ingest", size: pairs, place: { ...place, endpoint: proxy.url } } as const;
  const { counts } = await child(job);
  const atStore: Requests = {
    put: counts.put.calls + counts.putIfAbsent.calls,
    get: counts.get.calls + counts.getRange.calls + counts.head.calls,
    list: counts.list.calls,
  };
  const there = onWire(proxy.seen);
  add("— requests of the store: PUT, GET and HEAD, LIST", text(atStore));
  add("— requests on the wire, an upload's parts and ends among the PUT", text(there));
  add("— their price at 5 and 0.4 $ a million, $", short(dollars(there)));
}

const text = ({ put, get, list }: Requests): string => `${put}, ${get}, ${list}`;
const dollars = ({ put, get, list }: Requests): number => ((put + list) * 5 + get * 0.4) / 1e6;

async function plan(server: S3Place): Promise<void> {
  if (!hasSegmentation) return add("pocaduck ingest --plan", "needs ../shared");
  const { pairs, plan, made: seen } = await plannedAndMade(await made(server, "planned"));
  add(
    `pocaduck ingest, 512³ in blocks of 8³, ${short(pairs)} pairs: PUT, GET and HEAD, LIST`,
    text(seen),
  );
  add("— what --plan said before", text(plan), "within 10 %");
  add("— price made / planned, $", `${short(dollars(seen))} / ${short(dollars(plan))}`);
}

async function upload(place: Place, size: number): Promise<void> {
  const { memoryMb, seconds } = await child({ kind: "upload", size, place });
  const name = size === 2 ** 31 ? "2 GB" : `${size / 2 ** 20} MiB`;
  add(`an object of ${name}: memory above the baseline, MB`, short(memoryMb), "≤ 64");
  add("— MB/s", short(size / seconds / 1e6));
}

async function benchMinio(): Promise<void> {
  const minio = await startMinio();
  try {
    await using slow = await delay(minio.url);
    const { url: endpoint, accessKeyId, secretAccessKey } = minio;
    const server = { endpoint, bucket: "", accessKeyId, secretAccessKey };
    await ingest("MinIO", server);
    await plan(server);
    await using bucket = onMinio({ ...server, bucket: "fly", endpoint: slow.url });
    await lookups(bucket, slow, add);
    await upload(await made(server, "large"), pairs < 1e6 ? 2 ** 28 : 2 ** 31);
  } finally {
    await minio.stop();
  }
}

async function benchFakeGcs(): Promise<void> {
  const gcs = await startFakeGcs();
  try {
    await using slow = await delay(gcs.url);
    const server = { endpoint: gcs.url, bucket: "" };
    await ingest("fake-gcs-server", server);
    await using bucket = onFakeGcs({ bucket: "fly", endpoint: slow.url });
    await lookups(bucket, slow, add);
    // It keeps objects in memory, and copies what it has with every part.
    await upload(await made(server, "large"), 2 ** 28);
  } finally {
    await gcs.stop();
  }
}

try {
  await benchMinio();
  await benchFakeGcs();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const [cpu] = cpus();
const lines = [
  "# Object storage: last result of `npm run bench storage`",
  "",
  `${cpu?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; a real MinIO and a real fake-gcs-server on the same machine and disk.`,
  "",
  markdown(["figure", "measured", "reach"], rows),
  "",
];
console.log(lines.slice(4).join("\n"));
if (process.argv[2] === undefined) {
  writeFileSync(join(import.meta.dirname, "storage.md"), lines.join("\n"));
}
