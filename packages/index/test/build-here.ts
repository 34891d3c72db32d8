import { join } from "node:path";
import { writeJob } from "../src/build/job-file.ts";
import { runBuild } from "../src/build/run-build.ts";
import type { BuildJob, BuiltIndex } from "../src/index.ts";

/** Builds in this process, which is quick, and good enough for small jobs. */
export async function buildHere(job: BuildJob, threads = 2): Promise<BuiltIndex> {
  const path = join(job.directory, "job.jsonl");
  await writeJob(path, job, { memoryMb: 300, threads });
  return runBuild(path, () => undefined);
}
