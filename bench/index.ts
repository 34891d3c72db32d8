import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuiltIndex, buildIndex } from "@pocaduck/index";
import { sampledJob } from "./sampled-commits.ts";

/**
 * `npm run bench index [pairs...]`: builds the index of made-up commits of the sampled shape, on 2 threads, the best
 * of three runs.
 */
const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(1e5, 1e6, 1e7);
const memoryMb = 1024;
const runs = 3;

const folder = mkdtempSync(join(tmpdir(), "pocaduck-bench-"));
try {
  const head = ["extents", "commits", "seconds", "M extents/s", "peak MB", "leaf KB"];
  head.push("index.duckdb B/pair", "leaves", "counts", "blocks", "both forms");
  console.log(`| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}`);
  for (const pairs of sizes) await measure(pairs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(pairs: number): Promise<void> {
  const source = join(folder, String(pairs));
  const { extents, ...job } = sampledJob(pairs, source);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const directory = join(source, String(run));
    const started = performance.now();
    const built = await buildIndex({ ...job, directory }, { memoryMb, threads: 2 });
    best = Math.min(best, (performance.now() - started) / 1000);
    if (run === runs - 1) console.log(row(built, extents, job.commits.length, best));
    rmSync(directory, { recursive: true });
  }
  rmSync(source, { recursive: true });
}

function row(built: BuiltIndex, extents: number, commits: number, seconds: number): string {
  const { pairs } = built.totals;
  const size = (paths: string[]): number =>
    paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const parts = [[built.duckdb], built.labels, [built.counts.path], [built.blocks.path]].map(size);
  const each = parts.map((bytes) => bytes / pairs);
  const leaves = Math.ceil(extents / 8192);
  const cells = [
    extents.toLocaleString("en"),
    commits,
    seconds.toFixed(2),
    (extents / seconds / 1e6).toFixed(2),
    built.usage.peakMemoryMb,
    ((parts[1] as number) / leaves / 1000).toFixed(0),
    ...each.map((bytes) => bytes.toFixed(2)),
    each.reduce((sum, bytes) => sum + bytes, 0).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}
