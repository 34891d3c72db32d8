import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeFences } from "@pocaduck/format";
import { type BuildJob, type BuiltIndex, buildIndex } from "@pocaduck/index";
import { exponent, markdown } from "./report.ts";
import { type SampledJob, type SampledJobOptions, sampledJob } from "./sampled-commits.ts";

/**
 * `npm run bench index [pairs...]`: builds the index of made-up commits of the sampled shape on 2 threads, of growing
 * size, then of the largest size in other ways. Without sizes it goes from 10^5 to 10^7 and keeps the result.
 */
const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : [1e5, 1e6, 1e7];
const most = Math.max(...sizes);
const header = [
  "",
  "extents",
  "commits",
  "s",
  "CPU s",
  "M extents/s",
  "MB allowed",
  "peak MB",
  "largest leaf KB",
];
header.push("index.duckdb", "leaves", "counts", "blocks", "both forms");

const folder = mkdtempSync(join(tmpdir(), "pocaduck-bench-"));
const rows: string[][] = [];
const growth: [number, Measured][] = [];
try {
  for (const pairs of sizes) {
    const job = make(pairs);
    const measured = await measure(job, { runs: 3 });
    growth.push([pairs, measured]);
    add(`${pairs.toLocaleString("en")} pairs`, job, measured);
    if (pairs === most) await measureMore(job, pairs);
    rmSync(job.directory, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const lines = [
  "# Building the index: last result of `npm run bench index`",
  "",
  "Sampled shape, one block in fifty committed twice; 2 threads, in a process of its own, its start included. Sizes are bytes per pair.",
  "",
  markdown(header, rows),
];
if (sizes.length > 1) {
  const fit = (of: (measured: Measured) => number): string =>
    exponent(growth.map(([pairs, measured]) => [pairs, of(measured)])).toFixed(2);
  lines.push(
    "",
    `Exponents of growth: time ${fit(({ seconds }) => seconds)}, bytes ${fit(({ size }) => size)}, memory ${fit(({ built }) => built.usage.peakMemoryMb)}.`,
  );
}
console.log(lines.slice(2).join("\n"));
if (asked.length === 0)
  writeFileSync(join(import.meta.dirname, "index.md"), `${lines.join("\n")}\n`);

/** The same pairs with less memory, in more commits, and as a version with 1 % more pairs. */
async function measureMore(job: SampledJob, pairs: number): Promise<void> {
  add("in little memory", job, await measure(job, { memoryMb: 350 }), 350);
  const small = make(pairs, { commitBlocks: 8 });
  add("in small commits", small, await measure(small));
  rmSync(small.directory, { recursive: true });
  const before = await build(job);
  const more = make(pairs / 100, { seed: 8, after: job });
  const previous = { duckdb: before.duckdb };
  add("1 % more", more, await measure({ ...more, previous }));
}

interface Measured {
  built: BuiltIndex;
  seconds: number;
  /** Bytes of each part, and of all. */
  parts: number[];
  size: number;
}

async function measure(
  job: BuildJob,
  { runs = 1, memoryMb = 1024 }: { runs?: number; memoryMb?: number } = {},
): Promise<Measured> {
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const built = await build(job, memoryMb);
    const seconds = (performance.now() - started) / 1000;
    const { duckdb, labels, counts, blocks } = built;
    const parts = [[duckdb], labels, [counts.path], [blocks.path]].map((paths) =>
      paths.reduce((sum, path) => sum + statSync(path).size, 0),
    );
    const size = parts.reduce((sum, bytes) => sum + bytes, 0);
    measured.push({ built, seconds, parts, size });
  }
  return measured.toSorted((a, b) => a.seconds - b.seconds)[0] as Measured;
}

async function build(job: BuildJob, memoryMb = 1024): Promise<BuiltIndex> {
  const directory = join(folder, crypto.randomUUID());
  return await buildIndex({ ...job, directory }, { memoryMb, threads: 2 });
}

function make(pairs: number, options?: SampledJobOptions): SampledJob {
  return sampledJob(pairs, join(folder, crypto.randomUUID()), options);
}

/** Kilobytes of the largest leaf. */
function leafSize({ root, rootPages }: BuiltIndex): number {
  const top = decodeFences(root);
  const pages = rootPages === undefined ? undefined : readFileSync(rootPages);
  const leaves = pages
    ? top.flatMap(({ offset, size }) => decodeFences(pages.subarray(offset, offset + size)))
    : top;
  return leaves.reduce((most, { size }) => Math.max(most, size), 0) / 1000;
}

function add(name: string, job: SampledJob, measured: Measured, memoryMb = 1024): void {
  const { built, seconds, parts, size } = measured;
  const { pairs } = built.totals;
  rows.push([
    name,
    job.extents.toLocaleString("en"),
    job.commits.length.toLocaleString("en"),
    seconds.toFixed(2),
    (built.usage.cpuMs / 1000).toFixed(2),
    (job.extents / seconds / 1e6).toFixed(2),
    String(memoryMb),
    String(built.usage.peakMemoryMb),
    leafSize(built).toFixed(0),
    ...parts.map((bytes) => (bytes / pairs).toFixed(2)),
    (size / pairs).toFixed(2),
  ]);
}
