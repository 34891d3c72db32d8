import { openQuery, type Query } from "@pocaduck/query";
import { CountingReader } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { cpuSince } from "./cpu-since.ts";
import { median } from "./report.ts";

/** Times lookups in a process of its own: `lookup-child.ts <dataset>`. Prints one line of JSON. */
export interface LookupResult {
  /** Of small labels in one extent, warm, index included. */
  p50Ms: number;
  p95Ms: number;
  /** Of the same with no leaf of the index cached. */
  uncachedMs: number;
  /** Processor time of one, the mean. */
  cpuMs: number;
  smallLabels: string[];
  /** Points of the largest label, and how fast it is decoded once its bytes are cached by the system. */
  largestPoints: number;
  largestPointsPerSecond: number;
  largestPointsPerCpuSecond: number;
  requests: LookupRequests;
}

/** Requests to the store, the mean over some labels. */
export interface LookupRequests {
  open: number;
  /** Beyond those of a label's data, in a query that has just been opened. */
  index: number;
  /** Of small labels' points. */
  data: number;
  /** Of an absent label's. */
  absentData: number;
}

/** So many that their leaves fit the cache, of the largest index too. */
const small = 200;
const rounds = 12;
/** Rounds that warm the code and the index. */
const warming = 4;
const decodings = 9;

const store = new LocalStore(process.argv[2] ?? "");
const query = await openQuery(store);
const [labels, largest] = await choose(query);
const times: number[] = [];
let before = process.cpuUsage();
for (let round = 0; round < rounds; round++) {
  if (round === warming) before = process.cpuUsage();
  for (const label of labels) {
    const started = performance.now();
    await query.points(label);
    if (round >= warming) times.push(performance.now() - started);
  }
}
const cpuMs = (cpuSince(before) / times.length) * 1000;
times.sort((a, b) => a - b);
const uncached = await openQuery(store, { cacheSize: 0 });
const uncachedTimes: number[] = [];
for (const label of labels) {
  const started = performance.now();
  await uncached.points(label);
  uncachedTimes.push(performance.now() - started);
}
const decodes: number[] = [];
let points = 0;
for (let round = 0; round < warming + decodings; round++) {
  if (round === warming) before = process.cpuUsage();
  const started = performance.now();
  points = 0;
  for await (const part of query.stream(largest)) points += part.length;
  if (round >= warming) decodes.push((performance.now() - started) / 1000);
}
const decodeCpu = cpuSince(before) / decodings;
const result: LookupResult = {
  p50Ms: times[times.length >> 1] ?? 0,
  p95Ms: times[Math.floor(times.length * 0.95)] ?? 0,
  uncachedMs: median(uncachedTimes),
  cpuMs,
  smallLabels: labels.slice(0, 50).map(String),
  largestPoints: points,
  largestPointsPerSecond: points / median(decodes),
  largestPointsPerCpuSecond: points / decodeCpu,
  requests: await countRequests(labels.slice(0, 50)),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Small labels from all over the index, and the largest one. */
async function choose(from: Query): Promise<[bigint[], bigint]> {
  const found: bigint[] = [];
  let most = { label: 0n, points: 0 };
  for await (const each of from.labels()) {
    if (each.blocks === 1 && each.points <= 300) found.push(each.label);
    if (each.points > most.points) most = each;
  }
  const step = Math.max(1, Math.floor(found.length / small));
  return [found.filter((_, at) => at % step === 0).slice(0, small), most.label];
}

async function countRequests(present: readonly bigint[]): Promise<LookupRequests> {
  const sum: LookupRequests = { open: 0, index: 0, data: 0, absentData: 0 };
  for (const label of present) {
    const counter = new CountingReader(store);
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      counter.reset();
      await work();
      return counter.requests;
    };
    let fresh: Query | undefined;
    sum.open += await counted(async () => {
      fresh = await openQuery(counter);
    });
    const cold = await counted(async () => fresh?.points(label));
    const warm = await counted(async () => fresh?.points(label));
    sum.index += cold - warm;
    sum.data += warm;
    let absent = label + 1n;
    while ((await fresh?.count(absent)) !== 0) absent++;
    sum.absentData += await counted(async () => fresh?.points(absent));
  }
  const mean = (value: number): number => value / present.length;
  return {
    open: mean(sum.open),
    index: mean(sum.index),
    data: mean(sum.data),
    absentData: mean(sum.absentData),
  };
}
