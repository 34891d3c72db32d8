import { openQuery, type Query } from "@pocaduck/query";
import { mapConcurrent } from "@pocaduck/storage";
import type { Delay } from "./delay.ts";
import { RecordingReader } from "./recording-reader.ts";
import { median, short } from "./report.ts";
import type { Bucket, Range } from "./storage-places.ts";

export type Add = (figure: string, measured: string, reach?: string) => void;

const roundTripMs = 30;
/** Requests in flight when many labels are looked up. */
const lanes = 64;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
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

/** Lookups in the dataset of `bucket`, each beside the same requests by the vendor's SDK alone, without and with a round trip. */
export async function lookups(bucket: Bucket, slow: Delay, add: Add): Promise<void> {
  const store = bucket.open();
  const warm = await openQuery(store);
  const labels = await someLabels(warm, 60, true);
  for (const label of labels) await warm.points(label);
  let raw = 0;
  for (const ms of [0, roundTripMs]) {
    await slow.set(ms);
    raw = await single(bucket, warm, labels, ms, add);
  }
  await slow.set(0);
  await many(bucket, slow, warm, raw, add);
  await store.close();
}

/** The median time of one range by the SDK. */
async function single(
  bucket: Bucket,
  warm: Query,
  labels: readonly bigint[],
  ms: number,
  add: Add,
): Promise<number> {
  await using store = bucket.open();
  const [ours, theirs, cold]: [number[], number[], number[]] = [[], [], []];
  for (const [at, label] of labels.entries()) {
    const read = (await warm.explain(label)).rowGroups[0];
    if (!read) throw new Error(`no read for ${label}`);
    const range = { key: read.object, offset: read.offset, length: read.size };
    theirs.push(await timed(() => bucket.get(range)));
    ours.push(await timed(() => warm.points(label)));
    if (at >= 20) continue;
    const fresh = await openQuery(store);
    cold.push(await timed(() => fresh.points(label)));
  }
  const [mine, raw, first] = [median(ours), median(theirs), median(cold)];
  const reaches = ms === 0 ? [] : ["≤ 1.10", "≤ 2.10"];
  add(`${bucket.name}, ${ms} ms added: one range GET by the SDK, p50, ms`, short(raw));
  add("— warm lookup of a small label / the same", beside(mine, raw), reaches[0]);
  add("— cold lookup / the same", beside(first, raw), reaches[1]);
  return raw;
}

function beside(ours: number, theirs: number): string {
  return `${short(ours)} / ${short(theirs)} ms = ${short(ours / theirs)}`;
}

/** Labels from all over at once: ours and then the same requests by the SDK, in turn. */
async function many(
  bucket: Bucket,
  slow: Delay,
  query: Query,
  raw: number,
  add: Add,
): Promise<void> {
  const labels = await someLabels(query, 1000, false);
  await using wide = bucket.open({ concurrency: lanes });
  for (const ms of [0, roundTripMs]) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    let ranges: readonly Range[] = [];
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
      theirs.push(await timed(() => mapConcurrent(ranges, lanes, bucket.get)));
      await slow.set(0);
    }
    const [mine, sdks] = [median(ours), median(theirs)];
    if (ms === 0) {
      const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
      add(
        `${bucket.name}: ${labels.length} labels, ${short(points / 1e6)} M points: MB read, of the MB of all points`,
        `${short(bytes / 1e6)}, ${short(await sizeOf(bucket))}`,
      );
    } else {
      add(
        `— with ${ms} ms: requests, in flight at the most`,
        `${ranges.length}, ${most}`,
        `≥ ${lanes}`,
      );
      const ideal = (ranges.length / lanes) * raw;
      add(`— time / (requests / ${lanes} × one GET)`, beside(mine, ideal), "≤ 1.3");
    }
    const added = ms === 0 ? "nothing" : `${ms} ms`;
    add(`— ${added} added: time / the same requests by the SDK alone`, beside(mine, sdks));
  }
}

/** Megabytes of all points. */
async function sizeOf(bucket: Bucket): Promise<number> {
  await using store = bucket.open();
  let sum = 0;
  for await (const { size } of store.list("points/")) sum += size;
  return sum / 1e6;
}
