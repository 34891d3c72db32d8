import { seededFaults } from "../packages/pocaduck/test/simulation/seeded-faults.ts";
import { simulate, undisturbed, ways } from "../packages/pocaduck/test/simulation/simulate.ts";

/** What a share of the runs came to. */
export interface ShareResult {
  /** Store calls of a whole run. */
  calls: number;
  /** Runs with one fault, and with several. */
  single: number;
  several: number;
  failures: string[];
}

// Whoever wants the result is gone.
process.on("disconnect", () => process.exit(1));

/** Does every `shares`-th run from the `share`-th on: `simulation-child.ts <share> <shares> <seeds>`. */
const [share = 0, shares = 1, seeds = 0] = process.argv.slice(2).map(Number);
const expected = await undisturbed();
const calls = expected.methods.length;
const result: ShareResult = { calls, single: 0, several: 0, failures: [] };
for (let run = share; run < calls * ways.length; run += shares) {
  const at = 1 + Math.floor(run / ways.length);
  const way = ways[run % ways.length] as (typeof ways)[number];
  const wrong = await simulate([{ at, ...way }], expected);
  if (wrong) result.failures.push(`call ${at} ${way.kind} ${way.when}: ${wrong}`);
  result.single++;
}
for (let seed = 1 + share; seed <= seeds; seed += shares) {
  // One publisher, two or three at once, which make more calls.
  const publishers = 1 + (seed % 3);
  const faults = seededFaults(seed, calls * Math.min(publishers, 2));
  const wrong = await simulate(faults, expected, { publishers });
  if (wrong) result.failures.push(`seed ${seed}: ${wrong}`);
  result.several++;
  if (result.several % 250 === 0) process.stderr.write(`seed ${seed} of ${seeds}\n`);
}
// Runs that hang never end, and hold files open.
process.send?.(result, () => process.exit());
