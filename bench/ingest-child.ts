import { createDataset, type Ingestor } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { decodeBlocks } from "./block-stream.ts";
import { blocksOfSet, type SetName } from "./blocks-of-set.ts";
import { cpuSince } from "./cpu-since.ts";

/**
 * Ingests a set through the API in a process of its own: `ingest-child.ts <set> <size> <dataset>`, with the size `-` from
 * standard input, so that nothing but the ingestor takes memory. Prints one line of JSON. Only ingesting is timed.
 */
export interface IngestResult {
  points: number;
  blocks: number;
  seconds: number;
  /** Of all the process's threads, in these seconds. */
  cpuSeconds: number;
  /** Milliseconds; `group` is all the rest: checking input, grouping by label. */
  stages: { group: number; order: number; encode: number; store: number };
  /** Megabytes at the most. */
  memoryMb: number;
}

/** As `pocaduck ingest` does unless it is told otherwise. */
const commitBlocks = 256;

const [set, size, path = ""] = process.argv.slice(2);
const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
const attributes = set === "sampled" ? { supervoxel: "uint64" as const } : {};
const dataset = await createDataset(new LocalStore(path), { axes, attributes });
const input =
  size === "-" ? decodeBlocks(process.stdin) : blocksOfSet(set as SetName, Number(size));
const ingestor = dataset.ingestor({ commitBlocks });
let [seconds, cpuSeconds, points, blocks] = [0, 0, 0, 0];
const timed = async (work: () => Promise<unknown>): Promise<void> => {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  seconds += (performance.now() - started) / 1000;
  cpuSeconds += cpuSince(before);
};
for await (const { id, ...block } of input) {
  points += block.labels.length;
  blocks++;
  await timed(() => ingestor.writeBlock(id, block));
}
await timed(() => ingestor.commit());
const stages = stagesOf(ingestor, seconds * 1000);
const memoryMb = process.resourceUsage().maxRSS / 1024;
await ingestor[Symbol.asyncDispose]();
const result: IngestResult = { points, blocks, seconds, cpuSeconds, stages, memoryMb };
process.stdout.write(`${JSON.stringify(result)}\n`);

function stagesOf({ times }: Ingestor, total: number): IngestResult["stages"] {
  const { orderMs: order, encodeMs: encode, storeMs: store } = times;
  return { group: total - order - encode - store, order, encode, store };
}
