import { openQuery, type Query } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";

/** Times lookups in a process of its own: `lookup-child.ts <dataset>`. Prints one line of JSON. */
export interface LookupResult {
  /** Of small labels in one extent, warm, index included. */
  p50Ms: number;
  p95Ms: number;
  smallLabels: string[];
  /** Points of the largest label, and how fast it is decoded once its bytes are cached by the system. */
  largestPoints: number;
  largestPointsPerSecond: number;
}

const small = 500;
const rounds = 12;
/** Rounds that warm the code and the index. */
const warming = 4;

const query = await openQuery(new LocalStore(process.argv[2] ?? ""));
const [labels, largest] = await choose(query);
const times: number[] = [];
for (let round = 0; round < rounds; round++) {
  for (const label of labels) {
    const started = performance.now();
    await query.points(label);
    if (round >= warming) times.push(performance.now() - started);
  }
}
times.sort((a, b) => a - b);
const decodes: number[] = [];
let points = 0;
for (let round = 0; round < 9; round++) {
  const started = performance.now();
  points = 0;
  for await (const part of query.stream(largest)) points += part.length;
  decodes.push((performance.now() - started) / 1000);
}
const result: LookupResult = {
  p50Ms: times[times.length >> 1] ?? 0,
  p95Ms: times[Math.floor(times.length * 0.95)] ?? 0,
  smallLabels: labels.slice(0, 50).map(String),
  largestPoints: points,
  largestPointsPerSecond: points / (decodes.sort((a, b) => a - b)[4] as number),
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
