import { expect, test } from "vitest";
import { type BuildStage, buildIndex } from "../src/index.ts";
import { makeJob, scratch } from "./made-job.ts";

test.for(["this", "own"] as const)(
  "each stage of building tells that it begins, and how far it is (in a process: %s)",
  async (process) => {
    using folder = scratch();
    // More leaves than there are between two words about them.
    const extents = Array.from({ length: 1_100_000 }, (_, at) => ({
      label: BigInt(at >> 1),
      block: at % 2,
      group: 0,
      firstRow: at % 100_000,
      rows: 1,
    }));
    const job = makeJob(folder.path, [{ blocks: 2, groups: [1], files: [extents] }]);
    const told: [BuildStage, number][] = [];
    await buildIndex(job, { process, onStage: (stage, share) => told.push([stage, share]) });
    const stages = told.map(([stage]) => stage);
    expect([...new Set(stages)]).toEqual(["merging", "writing leaves", "writing tables"]);
    expect(stages).toEqual(stages.toSorted());
    const shares = (of: BuildStage) =>
      told.flatMap(([stage, share]) => (stage === of ? share : []));
    expect([shares("merging"), shares("writing tables")]).toEqual([[0], [0]]);
    const [first, second = 0, ...rest] = shares("writing leaves");
    expect(first).toBe(0);
    expect(second > 0.9 && second <= 1, String(second)).toBe(true);
    expect(rest).toEqual([]);
  },
);

test("an error of who is told ends the build", async () => {
  for (const process of ["this", "own"] as const) {
    using folder = scratch();
    const job = makeJob(folder.path, [{ blocks: 1, groups: [1], files: [[]] }]);
    const onStage = (): void => {
      throw new Error("enough");
    };
    await expect(buildIndex(job, { process, onStage })).rejects.toThrow("enough");
  }
});
