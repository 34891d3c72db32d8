import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BuildJob, BuildLimits, JobCommit } from "./job.ts";

export interface JobHead extends Omit<BuildJob, "commits"> {
  limits: BuildLimits;
}

/** A job on disk: a line of JSON, and one for each commit, so that no string grows with the number of commits. */
export async function writeJob(path: string, job: BuildJob, limits: BuildLimits): Promise<void> {
  const lines = function* (): Generator<string> {
    const { commits, ...rest } = job;
    const head: JobHead = { ...rest, limits };
    yield `${JSON.stringify(head)}\n`;
    for (const commit of commits) yield `${JSON.stringify(commit)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

/** The head of a job, then its commits one by one. */
export async function readJob(
  path: string,
): Promise<{ head: JobHead; commits: AsyncIterable<JobCommit> }> {
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  const each = lines[Symbol.asyncIterator]();
  const first = await each.next();
  const commits = async function* (): AsyncGenerator<JobCommit> {
    for (let next = await each.next(); !next.done; next = await each.next()) {
      yield JSON.parse(next.value) as JobCommit;
    }
  };
  return { head: JSON.parse(String(first.value)) as JobHead, commits: commits() };
}
