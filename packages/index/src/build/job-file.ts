import { createReadStream, createWriteStream } from "node:fs";
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
  const lines = readLines(path);
  const first = await lines.next();
  const commits = async function* (): AsyncGenerator<JobCommit> {
    for await (const line of lines) yield JSON.parse(line) as JobCommit;
  };
  return { head: JSON.parse(String(first.value)) as JobHead, commits: commits() };
}

/** `node:readline` ends lines at U+2028 too, which JSON leaves as it is within a string. */
async function* readLines(path: string): AsyncGenerator<string> {
  const parts: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      yield Buffer.concat(parts.splice(0)).toString();
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
  }
}
