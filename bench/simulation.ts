import { fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { undisturbed, ways } from "../packages/pocaduck/test/simulation/simulate.ts";
import type { BatchResult, SimulationBatch } from "./simulation-child.ts";

/**
 * `npm run bench simulation [seeds] [first seed]`: every call in every way, then seeds with several faults; 10,000 by
 * default, from 1. From a later seed on it goes on with seeds alone, or repeats one that failed. What the index is
 * built from lies in memory where the system offers that: else half of the time goes into waiting for the disk, which
 * fails in no way here. Interrupted it keeps what it has.
 */
const [seeds = 10_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const batchRuns = 100;
/** A run leaves little alive; V8 would look for it once a run. */
const flags = ["--initial-old-space-size=256"];
const scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "pocaduck-"));
const started = performance.now();
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
const calls = (await undisturbed()).methods.length;
const single = firstSeed === 1 ? calls * ways.length : 0;
const left = [...batches("call", 0, single), ...batches("seed", firstSeed, firstSeed + seeds)];
const done = { call: 0, seed: 0 };
const failures: string[] = [];
try {
  await Promise.all(Array.from({ length: availableParallelism() }, runBatches));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const report = [
  "# Simulated faults: last result of `npm run bench simulation`",
  "",
  `${new Date().toISOString().slice(0, 10)}: a whole run makes ${calls} store calls. ${done.call} of ${single} runs with one fault (every call, 8 ways), ${done.seed} of ${seeds} runs with 2 or 3 faults`,
  `at random calls and one to three who publish at once (seeds from ${firstSeed} on): ${failures.length} ended other than they have to. ${seconds()} s, ${availableParallelism()} processes at a time, Node ${process.versions.node}.`,
  "That the simulation sees what is lost and what is doubled is shown by the mutants of its test.",
  ...failures.slice(0, 50).map((failure) => `- ${failure}`),
  "",
].join("\n");
writeFileSync(join(import.meta.dirname, "simulation.md"), report);
process.stdout.write(report);
process.exitCode = failures.length === 0 && !stop.signal.aborted ? 0 : 1;

function batches(kind: SimulationBatch["kind"], first: number, end: number): SimulationBatch[] {
  const all: SimulationBatch[] = [];
  for (let at = first; at < end; at += batchRuns) {
    all.push({ kind, first: at, end: Math.min(end, at + batchRuns) });
  }
  return all;
}

async function runBatches(): Promise<void> {
  for (let batch = left.shift(); batch && !stop.signal.aborted; batch = left.shift()) {
    const result = await run(batch);
    if (stop.signal.aborted) return;
    done[batch.kind] += result.runs;
    failures.push(...result.failures);
    for (const failure of result.failures) process.stderr.write(`${failure}\n`);
    const progress = `${done.call} of ${single} calls, ${done.seed} of ${seeds} seeds`;
    process.stderr.write(`${progress}, ${failures.length} failures, ${seconds()} s\n`);
  }
}

function run(batch: SimulationBatch): Promise<BatchResult> {
  const { kind, first, end } = batch;
  const folder = join(scratch, `${kind}-${first}`);
  mkdirSync(folder);
  const child = fork(join(import.meta.dirname, "simulation-child.ts"), [JSON.stringify(batch)], {
    env: { ...process.env, TMPDIR: folder },
    execArgv: flags,
  });
  const kill = (): boolean => child.kill("SIGKILL");
  stop.signal.addEventListener("abort", kill);
  return new Promise((resolve, reject) => {
    let result: BatchResult | undefined;
    child.on("message", (message: BatchResult) => {
      result = message;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      stop.signal.removeEventListener("abort", kill);
      rmSync(folder, { recursive: true, force: true });
      const how = `ended with ${signal ?? `code ${code}`}`;
      // One of the runs took its process with it, which is a failure like any other.
      resolve(result ?? { runs: 0, failures: [`${kind} ${first} to ${end - 1}: ${how}`] });
    });
  });
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}
