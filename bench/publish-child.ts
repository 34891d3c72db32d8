import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { cpuSince } from "./cpu-since.ts";

/** Publishes in a process of its own: `publish-child.ts <dataset> <MB allowed>`. Prints one line of JSON. */
export interface PublishResult {
  pairs: number;
  points: number;
  seconds: number;
  /** Of both processes. */
  cpuSeconds: number;
  /** Megabytes at the most, of the process that builds and of this one. */
  builderMb: number;
  ownMb: number;
  /** Bytes. */
  size: { points: number; extents: number; labels: number; duckdb: number };
}

const [path = "", memoryMb] = process.argv.slice(2);
const dataset = await openDataset(new LocalStore(path));
const [started, before] = [performance.now(), process.cpuUsage()];
const { totals, usage } = await dataset.publish({ memoryMb: Number(memoryMb), process: "own" });
const result: PublishResult = {
  pairs: totals.pairs,
  points: totals.points,
  seconds: (performance.now() - started) / 1000,
  cpuSeconds: cpuSince(before) + (usage?.cpuMs ?? Number.NaN) / 1000,
  builderMb: usage?.peakMemoryMb ?? Number.NaN,
  ownMb: process.resourceUsage().maxRSS / 1024,
  size: {
    points: sizeBelow("points"),
    extents: sizeBelow("extents"),
    labels: sizeBelow("index", /\.parquet$|root/),
    duckdb: sizeBelow("index", /duckdb$/),
  },
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function sizeBelow(folder: string, name = /./): number {
  const files = readdirSync(join(path, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && name.test(file.name))
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
