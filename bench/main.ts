import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../scripts/python.mjs";
import type { IngestResult } from "./ingest-child.ts";
import type { LookupResult } from "./lookup-child.ts";
import { exponent, markdown, median, short } from "./report.ts";
import { hasSegmentation, segmentation } from "./segmentation.ts";

/**
 * `npm run bench`: ours and Python PoCADuck in turn on the same data; the table goes to bench/README.md. `--full` adds
 * 10^7 pairs, and the 256³ crop and 10^5 pairs for Python, which needs minutes for them.
 */
const full = process.argv.includes("--full");
const scratch = mkdtempSync(join(tmpdir(), "pocaduck-bench-"));
const peer = python("pocaduck");
const command = join(import.meta.dirname, "../packages/pocaduck/src/main.ts");
const rows: (string | number)[][] = [];

interface PeerIngest {
  points: number;
  pairs: number;
  seconds: number;
  publishSeconds: number;
  memoryMb: number;
  size: { points: number; index: number };
}

try {
  if (!peer)
    say("Python PoCADuck is not here (npm run python -- pocaduck): its columns stay empty");
  const sampled = (full ? [1e5, 1e6, 1e7] : [1e5, 1e6]).map((pairs) => ({
    pairs,
    ...ingest("sampled", pairs),
  }));
  const compared = full ? 1e5 : 2e4;
  const smaller = ingest("sampled", compared);
  const theirs = peer && peerIngest("sampled", compared);
  for (const { pairs, result } of sampled) {
    const { points, size } = result;
    const both = size.labels + size.duckdb;
    row(`sampled, ${short(pairs)} pairs: ingest, M points/s`, points / result.seconds / 1e6, "≥ 6");
    row(`— share of grouping, ordering, encoding, storing, %`, shares(result), "printed");
    row(
      `— bytes a point: points + both forms of the index`,
      (size.points + both) / points,
      "≤ 4.8",
    );
    row(
      `— bytes a point with the workers' extents too`,
      (size.points + size.extents + both) / points,
      "printed",
    );
    row(`— index, both forms, bytes a pair`, both / result.pairs, "≤ 15");
    row(`— publish, M extents/s`, result.pairs / result.publishSeconds / 1e6, "≥ 2");
    row(`— worker memory, MB`, result.memoryMb, "≤ 400");
  }
  if (theirs) {
    const ratio = smaller.result.points / smaller.result.seconds / (theirs.points / theirs.seconds);
    row(
      `sampled, ${short(compared)} pairs: ingest, M points/s`,
      smaller.result.points / smaller.result.seconds / 1e6,
      "",
      theirs.points / theirs.seconds / 1e6,
      ratio,
    );
    row(
      "— bytes a point, index included",
      (smaller.result.size.points + smaller.result.size.labels + smaller.result.size.duckdb) /
        smaller.result.points,
      "",
      (theirs.size.points + theirs.size.index) / theirs.points,
    );
    row("— memory, MB", smaller.result.memoryMb, "", theirs.memoryMb);
  }
  growth(
    "ingest time",
    sampled.map(({ pairs, result }) => [pairs, result.seconds]),
    "≤ 1.05",
  );
  growth(
    "bytes",
    sampled.map(({ pairs, result }) => [
      pairs,
      result.size.points + result.size.labels + result.size.duckdb,
    ]),
    "≤ 1.0",
  );
  growth(
    "worker memory",
    sampled.map(({ pairs, result }) => [pairs, result.memoryMb]),
    "0",
  );
  lookups(smaller.path, "sampled", theirs ? peerBase("sampled", compared) : undefined);
  if (hasSegmentation) dense();
  else say("../shared is not here: no figures of the real segmentation");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const table = markdown(["figure", "ours", "reach", "Python PoCADuck", "ratio"], rows);
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
const readme = join(import.meta.dirname, "README.md");
const words = full ? "npm run bench -- main --full" : "npm run bench";
const [before = ""] = readFileSync(readme, "utf8").split("<!-- table -->");
writeFileSync(readme, `${before}<!-- table -->\n\`${words}\` on ${machine}:\n\n${table}\n`);
process.stdout.write(`${table}\n`);

function dense(): void {
  for (const side of [128, 256]) {
    const { result, path } = ingest("dense", side);
    const { size, points } = result;
    const other = peer && (side === 128 || full) ? peerIngest("dense", side) : undefined;
    const speed = points / result.seconds;
    row(
      `all voxels of the real ${side}³: ingest, M points/s`,
      speed / 1e6,
      "≥ 20, ≥ 100 ×",
      other && other.points / other.seconds / 1e6,
      other && speed / (other.points / other.seconds),
    );
    row("— share of grouping, ordering, encoding, storing, %", shares(result), "printed");
    row(
      "— bytes a point, index included",
      (size.points + size.labels + size.duckdb) / points,
      "≤ 0.4",
      other && (other.size.points + other.size.index) / other.points,
    );
    row("— worker memory, MB", result.memoryMb, "≤ 400", other?.memoryMb);
    if (side === 128) lookups(path, "dense", other ? peerBase("dense", side) : undefined);
    else lookups(path, `dense ${side}³`, undefined);
  }
  for (const points of ["all", "surface"]) {
    const path = join(scratch, `scan-${points}`);
    const words = [
      "ingest",
      segmentation,
      path,
      "--points",
      points,
      "--workers",
      "2",
      "--no-publish",
      "--json",
    ];
    const started = performance.now();
    const { voxels, decodeMs, workMs } = JSON.parse(node(command, words)) as {
      voxels: number;
      decodeMs: number;
      workMs: number;
    };
    const seconds = (performance.now() - started) / 1000;
    row(
      `pocaduck ingest, 512³ Zarr, two workers, ${points}: M voxels/s`,
      voxels / seconds / 1e6,
      "≥ 20",
    );
    row("— share of Zarr decoding, %", (100 * decodeMs) / workMs, "printed");
  }
}

function lookups(path: string, set: string, base: string | undefined): void {
  const found = JSON.parse(
    node(join(import.meta.dirname, "lookup-child.ts"), [path]),
  ) as LookupResult;
  const labels = found.smallLabels.slice(0, 20);
  const other =
    base && peer && labels.length > 0
      ? (JSON.parse(execFileSync(peer, [script(), "lookup", base, ...labels]).toString()) as {
          p50Ms: number;
        })
      : undefined;
  if (labels.length > 0) {
    row(
      `${set}: lookup of a small label, warm, p50 ms`,
      found.p50Ms,
      "≤ 0.25, ≤ 1/30",
      other?.p50Ms,
      other && found.p50Ms / other.p50Ms,
    );
    const mine = process_(process.execPath, [
      command,
      "points",
      path,
      labels[0] ?? "",
      "-o",
      join(scratch, "c.npy"),
    ]);
    const python =
      base && peer ? process_(peer, [script(), "once", base, labels[0] ?? ""]) : undefined;
    row(`${set}: a new process, small label, ms`, mine, "≤ 250", python, python && mine / python);
  }
  // Of the sampled shape the largest has some 15 points in each of its row groups: as many small lookups.
  if (set === "sampled") return;
  row(
    `${set}: largest label (${short(found.largestPoints)} points), M points/s`,
    found.largestPointsPerSecond / 1e6,
    "≥ 60",
  );
}

function process_(file: string, words: string[]): number {
  const times = Array.from({ length: 7 }, () => {
    const started = performance.now();
    spawnSync(file, words, { stdio: "ignore" });
    return performance.now() - started;
  });
  return median(times.slice(1));
}

function ingest(set: string, size: number): { result: IngestResult; path: string } {
  const path = join(scratch, `${set}-${size}`);
  say(`ours: ${set} ${size}`);
  // As `pocaduck ingest` starts its workers.
  const flags = ["--max-semi-space-size=4"];
  const output = node(
    join(import.meta.dirname, "ingest-child.ts"),
    [set, String(size), path],
    flags,
  );
  return { result: JSON.parse(output) as IngestResult, path };
}

function peerIngest(set: string, size: number): PeerIngest | undefined {
  if (!peer) return undefined;
  const input = join(scratch, `${set}-${size}.input`);
  node(join(import.meta.dirname, "input-child.ts"), [set, String(size), input]);
  say(`Python PoCADuck: ${set} ${size}`);
  const output = execFileSync(peer, [script(), "ingest", input, peerBase(set, size)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  rmSync(input);
  return JSON.parse(output.toString().trim().split("\n").at(-1) ?? "") as PeerIngest;
}

function peerBase(set: string, size: number): string {
  return join(scratch, `python-${set}-${size}`);
}

function script(): string {
  return join(import.meta.dirname, "python/peer.py");
}

function node(file: string, words: string[], flags: string[] = []): string {
  return execFileSync(process.execPath, [...flags, file, ...words], {
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  }).toString();
}

function shares({ stages, seconds }: IngestResult): string {
  const { group, order, encode, store } = stages;
  return [group, order, encode, store].map((ms) => Math.round(ms / seconds / 10)).join(", ");
}

function growth(what: string, points: [number, number][], reach: string): void {
  const sizes = `${short(points[0]?.[0] ?? 0)} to ${short(points.at(-1)?.[0] ?? 0)} pairs`;
  row(`growth of ${what}, ${sizes}: exponent`, exponent(points), reach);
}

function row(
  figure: string,
  ours: number | string,
  reach: string,
  theirs?: number,
  ratio?: number,
): void {
  const cell = (value: number | string | undefined): string =>
    value === undefined ? "" : typeof value === "number" ? short(value) : value;
  rows.push([figure, cell(ours), reach, cell(theirs), cell(ratio)]);
  say(`${figure}: ${cell(ours)}${theirs === undefined ? "" : ` (Python ${cell(theirs)})`}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
