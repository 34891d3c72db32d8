import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededFaults } from "../packages/pocaduck/test/simulation/seeded-faults.ts";
import { simulate, undisturbed, ways } from "../packages/pocaduck/test/simulation/simulate.ts";

/** `npm run bench simulation [seeds]`: every call in every way, then seeds with several faults; 10,000 by default. */
const seeds = Number(process.argv[2] ?? 10_000);
const expected = await undisturbed();
const { methods } = expected;
const failures: string[] = [];
const started = performance.now();
let runs = 0;
for (const index of methods.keys()) {
  for (const way of ways) {
    const wrong = await simulate([{ at: index + 1, ...way }], expected);
    if (wrong) failures.push(`call ${index + 1} ${way.kind} ${way.when}: ${wrong}`);
    runs++;
  }
}
const single = runs;
for (let seed = 1; seed <= seeds; seed++) {
  const wrong = await simulate(seededFaults(seed, methods.length), expected);
  if (wrong) failures.push(`seed ${seed}: ${wrong}`);
  runs++;
  if (seed % 500 === 0) process.stderr.write(`${seed} seeds, ${failures.length} failures\n`);
}
const result = [
  "# Simulated faults: last result of `npm run bench simulation`",
  "",
  `A whole run makes ${methods.length} store calls. ${single} runs with one fault (every call, 8 ways), ${seeds} runs with 2 or 3 faults`,
  `at random calls: ${failures.length} ended other than the undisturbed run. ${((performance.now() - started) / 1000).toFixed(0)} s, Node ${process.versions.node}.`,
  ...failures.slice(0, 50).map((failure) => `- ${failure}`),
  "",
].join("\n");
writeFileSync(join(import.meta.dirname, "simulation.md"), result);
process.stdout.write(result);
process.exit(failures.length === 0 ? 0 : 1);
