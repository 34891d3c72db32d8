import { fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { ShareResult } from "./simulation-child.ts";

/**
 * `npm run bench simulation [seeds]`: every call in every way, then seeds with several faults; 10,000 by default. A
 * process for each core takes its share. What the index is built from lies in memory where the system offers that:
 * else half of the time goes into waiting for the disk, which fails in no way here.
 */
const seeds = Number(process.argv[2] ?? 10_000);
const shares = availableParallelism();
/** A run leaves little alive; V8 would look for it once a run. */
const flags = ["--initial-old-space-size=256"];
const scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "pocaduck-"));
const started = performance.now();
try {
  const results = await Promise.all(Array.from({ length: shares }, (_, share) => run(share)));
  const total = (of: (result: ShareResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);
  const seconds = (performance.now() - started) / 1000;
  const failures = results.flatMap((result) => result.failures);
  const single = total((result) => result.single);
  const several = total((result) => result.several);
  const report = [
    "# Simulated faults: last result of `npm run bench simulation`",
    "",
    `A whole run makes ${results[0]?.calls} store calls. ${single} runs with one fault (every call, 8 ways), ${several} runs with 2 or 3 faults`,
    `at random calls and one to three who publish at once (seeds 1 to ${seeds}): ${failures.length} ended other than the undisturbed run. ${seconds.toFixed(0)} s, ${shares} processes, Node ${process.versions.node}.`,
    ...failures.slice(0, 50).map((failure) => `- ${failure}`),
    "",
  ].join("\n");
  writeFileSync(join(import.meta.dirname, "simulation.md"), report);
  process.stdout.write(report);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function run(share: number): Promise<ShareResult> {
  const child = fork(
    join(import.meta.dirname, "simulation-child.ts"),
    [share, shares, seeds].map(String),
    { env: { ...process.env, TMPDIR: scratch }, execArgv: flags },
  );
  return new Promise((resolve, reject) => {
    let result: ShareResult | undefined;
    child.on("message", (message: ShareResult) => {
      result = message;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (result) resolve(result);
      else reject(new Error(`A share of the runs ended with ${signal ?? `code ${code}`}`));
    });
  });
}
