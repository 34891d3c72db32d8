import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createDataset, type Ingestor } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { sampledBlocks, sampledPoints } from "./sampled.ts";
import { type DenseBlock, denseBlocks, loadDense } from "./segmentation.ts";

/**
 * Ingests one set through the API in a process of its own: `ingest-child.ts <set> <size> <dataset>`. The set is
 * `sampled` (size: pairs) or `dense` (size: voxels along each side of a crop). Prints one line of JSON. Making the
 * input is not timed.
 */
export interface IngestResult {
  points: number;
  pairs: number;
  seconds: number;
  publishSeconds: number;
  /** Milliseconds; `group` is all the rest: checking input, grouping by label. */
  stages: { group: number; order: number; encode: number; store: number };
  /** Bytes. */
  size: { points: number; extents: number; labels: number; duckdb: number };
  /** Megabytes at the most, before publishing, less the input that is held for the timing's sake. */
  memoryMb: number;
}

const [set = "", size = "", path = ""] = process.argv.slice(2);
const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
const attributes = set === "sampled" ? { supervoxel: "uint64" as const } : {};
if (set === "dense") await loadDense(Number(size));
const dataset = await createDataset(new LocalStore(path), { axes, attributes });
const inputMb = denseInput() / 2 ** 20;
let seconds = 0;
let points = 0;
const ingestor = dataset.ingestor();
for (const { id, ...block } of blocks()) {
  const started = performance.now();
  await ingestor.writeBlock(id, block);
  seconds += (performance.now() - started) / 1000;
}
const started = performance.now();
points = (await ingestor.commit())?.points ?? 0;
seconds += (performance.now() - started) / 1000;
const memoryMb = process.resourceUsage().maxRSS / 1024 - inputMb;
const publishing = performance.now();
const { totals } = await dataset.publish();
const result: IngestResult = {
  points,
  pairs: totals.pairs,
  seconds,
  publishSeconds: (performance.now() - publishing) / 1000,
  stages: stagesOf(ingestor, seconds * 1000),
  size: {
    points: sizeBelow("points"),
    extents: sizeBelow("extents"),
    labels: sizeBelow("index", /\.parquet$|root/),
    duckdb: sizeBelow("index", /duckdb$/),
  },
  memoryMb,
};
await ingestor[Symbol.asyncDispose]();
process.stdout.write(`${JSON.stringify(result)}\n`);

function* blocks(): Generator<DenseBlock & { supervoxel?: BigUint64Array }> {
  if (set === "dense") yield* denseBlocks(Number(size));
  else
    for (const block of sampledBlocks(Number(size)))
      yield { id: block.id, ...sampledPoints(block) };
}

function stagesOf({ times }: Ingestor, total: number): IngestResult["stages"] {
  const { orderMs: order, encodeMs: encode, storeMs: store } = times;
  return { group: total - order - encode - store, order, encode, store };
}

/** Bytes of decoded voxels that wait in memory. */
function denseInput(): number {
  if (set !== "dense") return 0;
  const sizes = denseBlocks(Number(size)).map(
    (block) => block.positions.byteLength + block.labels.byteLength,
  );
  return sizes.reduce((sum, each) => sum + each, 0);
}

function sizeBelow(folder: string, name = /./): number {
  const files = readdirSync(join(path, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && name.test(file.name))
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
