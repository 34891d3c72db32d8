import { seededFaults } from "../packages/pocaduck/test/simulation/seeded-faults.ts";
import {
  simulate,
  type Undisturbed,
  undisturbed,
  ways,
} from "../packages/pocaduck/test/simulation/simulate.ts";

/** Some runs in a process of their own: those that hang never end, and hold memory and files. */
export interface SimulationBatch {
  /** `call`: one fault each, every call in every way. `seed`: several faults each. */
  kind: "call" | "seed";
  first: number;
  end: number;
}

export interface BatchResult {
  runs: number;
  failures: string[];
}

// Whoever wants the result is gone.
process.on("disconnect", () => process.exit(1));

/** `simulation-child.ts <batch as JSON>` */
const { kind, first, end } = JSON.parse(process.argv[2] ?? "") as SimulationBatch;
const expected = await undisturbed();
const result: BatchResult = { runs: 0, failures: [] };
for (let run = first; run < end; run++) {
  const wrong = await (kind === "call" ? runCall(run, expected) : runSeed(run, expected));
  if (wrong) result.failures.push(wrong);
  result.runs++;
}
process.send?.(result, () => process.exit());

async function runCall(run: number, expected: Undisturbed): Promise<string | undefined> {
  const at = 1 + Math.floor(run / ways.length);
  const way = ways[run % ways.length] as (typeof ways)[number];
  const wrong = await simulate([{ at, ...way }], expected);
  return wrong && `call ${at} ${way.kind} ${way.when}: ${wrong}`;
}

async function runSeed(seed: number, expected: Undisturbed): Promise<string | undefined> {
  // One publisher, two or three at once, which make more calls.
  const publishers = 1 + (seed % 3);
  const faults = seededFaults(seed, expected.methods.length * Math.min(publishers, 2));
  const wrong = await simulate(faults, expected, { publishers });
  return wrong && `seed ${seed}: ${wrong}`;
}
