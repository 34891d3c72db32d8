import { median } from "./report.ts";

/** What the middle one of some runs takes. */
export async function medianSeconds(rounds: number, run: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await run();
    took.push((performance.now() - started) / 1000);
  }
  return median(took);
}
