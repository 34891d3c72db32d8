import { readFileSync, writeFileSync } from "node:fs";
import type { BuildJob } from "./build/job.ts";
import { type BuildLimits, runBuild } from "./build/run-build.ts";

/** The builder's own process: `build-child.ts <job.json> <result.json>`. */
const [jobPath = "", resultPath = ""] = process.argv.slice(2);
const { job, limits } = JSON.parse(readFileSync(jobPath, "utf8")) as {
  job: BuildJob;
  limits: BuildLimits;
};
const built = await runBuild(job, limits, (stage) => process.send?.({ stage }));
const root = Buffer.from(built.root).toString("base64");
writeFileSync(resultPath, JSON.stringify({ ...built, root }));
// DuckDB may hold the process for seconds after its last handle is closed.
process.exit(0);
