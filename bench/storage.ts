import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openQuery, type Query } from "@pocaduck/query";
import { mapConcurrent } from "@pocaduck/storage";
import { S3Store } from "@pocaduck/storage-s3";
import { startMinio } from "../scripts/servers/minio.mjs";
import { delay } from "./delay.ts";
import { RecordingReader } from "./recording-reader.ts";
import { markdown, median, short } from "./report.ts";
import { hasSegmentation } from "./segmentation.ts";
import type { S3Place, StorageJob, StorageResult } from "./storage-child.ts";
import { plannedAndMade, type Requests } from "./storage-plan.ts";

/**
 * `npm run bench storage [pairs]`: lookups and ingest in a real MinIO on this machine, beside the SDK's own requests and
 * the local disk; 10^6 pairs by default, and then the result is kept.
 */
const pairs = Number(process.argv[2] ?? 1e6);
const roundTripMs = 30;
/** Requests in flight when many labels are looked up. */
const lanes = 64;
const run = promisify(execFile);
const rows: string[][] = [];
const scratch = mkdtempSync(join(tmpdir(), "pocaduck-bench-storage-"));
const minio = await startMinio();
const { accessKeyId, secretAccessKey } = minio;
await using slow = await delay(minio.url);
const credentials = { accessKeyId, secretAccessKey };
const clientOf = (endpoint: string): S3Client =>
  new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: lanes } },
  });
const sdk = clientOf(slow.url);

function add(figure: string, measured: string, reach = "printed"): void {
  rows.push([figure, measured, reach]);
  process.stderr.write(`${figure}: ${measured}\n`);
}

async function child(job: StorageJob): Promise<StorageResult> {
  const script = join(import.meta.dirname, "storage-child.ts");
  const { stdout } = await run(process.execPath, [script, JSON.stringify(job)]);
  return JSON.parse(stdout) as StorageResult;
}

async function bucket(name: string): Promise<S3Place> {
  const direct = clientOf(minio.url);
  await direct.send(new CreateBucketCommand({ Bucket: name }));
  direct.destroy();
  return { endpoint: minio.url, bucket: name, ...credentials };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function ingest(): Promise<void> {
  const ratios: number[] = [];
  let last: StorageResult | undefined;
  for (const round of [1, 2, 3]) {
    const size = round === 3 ? pairs : Math.min(pairs, 1e5);
    const folder = join(scratch, `local-${round}`);
    const local = await child({ kind: "ingest", size, place: { folder } });
    rmSync(folder, { recursive: true });
    last = await child({ kind: "ingest", size, place: await bucket(`fly${round}`) });
    ratios.push(local.seconds / last.seconds);
    if (round < 3) continue;
    add(
      `ingest of ${short(pairs)} pairs into MinIO / onto the disk, points/s`,
      `${short(last.points / last.seconds / 1e6)} M / ${short(local.points / local.seconds / 1e6)} M = ${short(local.seconds / last.seconds)}`,
      "≥ 0.7",
    );
    add(
      "— the same of publishing, s",
      `${short(last.publishSeconds)} / ${short(local.publishSeconds)}`,
    );
  }
  if (!last) return;
  const { counts } = last;
  const puts = counts.put.calls + counts.putIfAbsent.calls;
  const gets = counts.get.calls + counts.getRange.calls + counts.head.calls;
  add("— requests: PUT, GET and HEAD, LIST", `${puts}, ${gets}, ${counts.list.calls}`);
  const price = ((puts + counts.list.calls) * 5 + gets * 0.4) / 1e6;
  add("— their price at 5 and 0.4 $ a million, $", short(price));
}

async function plan(): Promise<void> {
  if (!hasSegmentation) return add("pocaduck ingest --plan", "needs ../shared");
  const { pairs, plan, made } = await plannedAndMade(await bucket("planned"));
  const text = ({ put, get, list }: Requests): string => `${put}, ${get}, ${list}`;
  add(
    `pocaduck ingest, 512³ in blocks of 8³, ${short(pairs)} pairs: PUT, GET and HEAD, LIST`,
    text(made),
  );
  add("— what --plan said before", text(plan), "within 10 %");
  const dollars = ({ put, get, list }: Requests): number => ((put + list) * 5 + get * 0.4) / 1e6;
  add("— price made / planned, $", `${short(dollars(made))} / ${short(dollars(plan))}`);
}

/** Labels from all over the index: small ones in one block, or any but the largest. */
async function someLabels(query: Query, count: number, oneBlock: boolean): Promise<bigint[]> {
  const found: bigint[] = [];
  for await (const { label, blocks, points } of query.labels()) {
    if (oneBlock ? blocks === 1 && points <= 300 : points <= 10_000) found.push(label);
  }
  const step = Math.max(1, Math.floor(found.length / count));
  return found.filter((_, at) => at % step === 0).slice(0, count);
}

async function lookups(): Promise<void> {
  const store = new S3Store({ endpoint: slow.url, bucket: "fly3", credentials });
  const warm = await openQuery(store);
  const labels = await someLabels(warm, 60, true);
  for (const label of labels) await warm.points(label);
  await slow.set(roundTripMs);
  const reads = await Promise.all(
    labels.map(async (label) => (await warm.explain(label)).rowGroups[0]),
  );
  const [ours, theirs, cold]: number[][] = [[], [], []];
  for (const [at, label] of labels.entries()) {
    const read = reads[at];
    if (!read) throw new Error(`no read for ${label}`);
    const Range = `bytes=${read.offset}-${read.offset + read.size - 1}`;
    const one = new GetObjectCommand({ Bucket: "fly3", Key: read.object, Range });
    const get = async (): Promise<unknown> => (await sdk.send(one)).Body?.transformToByteArray();
    theirs?.push(await timed(get));
    ours?.push(await timed(() => warm.points(label)));
    if (at >= 20) continue;
    const fresh = await openQuery(store);
    cold?.push(await timed(() => fresh.points(label)));
  }
  const [mine, raw, first] = [ours, theirs, cold].map((times) => median(times ?? []));
  if (mine === undefined || raw === undefined || first === undefined) throw new Error("no times");
  add(`one range GET by the SDK, ${roundTripMs} ms added, p50, ms`, short(raw));
  add(
    "warm lookup of a small label / the same",
    `${short(mine)} ms = ${short(mine / raw)}`,
    "≤ 1.10",
  );
  add("cold lookup / the same", `${short(first)} ms = ${short(first / raw)}`, "≤ 2.10");
  await many(warm, raw);
  store.close();
}

/** One answer to each request, `lanes` at a time, by the SDK alone; the bytes are thrown away. */
async function bare(ranges: RecordingReader["ranges"]): Promise<void> {
  const get = async ({ key, offset, length }: (typeof ranges)[number]): Promise<void> => {
    const Range = `bytes=${offset}-${offset + length - 1}`;
    const { Body } = await sdk.send(new GetObjectCommand({ Bucket: "fly3", Key: key, Range }));
    if (!(Body instanceof Readable)) throw new Error(`no body for ${key}`);
    await finished(Body.resume());
  };
  await mapConcurrent(ranges, lanes, get);
}

/** Labels from all over at once: ours and then the same requests by the SDK, in turn. */
async function many(query: Query, raw: number): Promise<void> {
  await slow.set(0);
  const labels = await someLabels(query, 1000, false);
  const wide = new S3Store({ endpoint: slow.url, bucket: "fly3", credentials, concurrency: lanes });
  for (const ms of [0, roundTripMs]) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    let ranges: RecordingReader["ranges"] = [];
    let [points, most] = [0, 0];
    for (let round = 0; round < 5; round++) {
      const reader = new RecordingReader(wide);
      const fresh = await openQuery(reader);
      points = 0;
      await slow.set(ms);
      ours.push(
        await timed(async () => {
          for await (const { length } of fresh.pointsOf(labels)) points += length;
        }),
      );
      most = await slow.set(ms);
      ranges = reader.ranges;
      theirs.push(await timed(() => bare(ranges)));
      await slow.set(0);
    }
    const [mine, sdks] = [median(ours), median(theirs)];
    const both = `${short(mine)} / ${short(sdks)} ms = ${short(mine / sdks)}`;
    if (ms === 0) {
      const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
      add(
        `${labels.length} labels, ${short(points / 1e6)} M points: MB read, of the MB of all points`,
        `${short(bytes / 1e6)}, ${short((await pointsSize()) / 1e6)}`,
      );
      add("— nothing added: time / the same requests by the SDK alone", both);
      continue;
    }
    add("— with 30 ms: requests, in flight at the most", `${ranges.length}, ${most}`, "≥ 64");
    const ideal = (ranges.length / lanes) * raw;
    add(
      "— time / (requests / 64 × one GET)",
      `${short(mine)} ms = ${short(mine / ideal)}`,
      "≤ 1.3",
    );
    add("— time / the same requests by the SDK alone", both);
  }
  wide.close();
}

async function pointsSize(): Promise<number> {
  const store = new S3Store({ endpoint: minio.url, bucket: "fly3", credentials });
  let sum = 0;
  for await (const { size } of store.list("points/")) sum += size;
  store.close();
  return sum;
}

try {
  await ingest();
  await plan();
  await lookups();
  const upload = await child({ kind: "upload", size: 2 ** 31, place: await bucket("large") });
  add("an object of 2 GB: memory above the baseline, MB", short(upload.memoryMb), "≤ 64");
  add("— MB/s", short(2 ** 31 / upload.seconds / 1e6));
} finally {
  sdk.destroy();
  await minio.stop();
  rmSync(scratch, { recursive: true, force: true });
}
const [cpu] = cpus();
const lines = [
  "# Object storage: last result of `npm run bench storage`",
  "",
  `${cpu?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; a real MinIO on the same machine and disk.`,
  "",
  markdown(["figure", "measured", "reach"], rows),
  "",
];
console.log(lines.slice(4).join("\n"));
if (process.argv[2] === undefined) {
  writeFileSync(join(import.meta.dirname, "storage.md"), lines.join("\n"));
}
