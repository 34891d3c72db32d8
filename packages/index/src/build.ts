import { mkdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { assertCount, assertOneOf } from "@pocaduck/format";
import type { BuildJob, BuildStage, BuiltIndex } from "./build/job.ts";
import { writeJob } from "./build/job-file.ts";
import { runBuilder } from "./builder-process.ts";
import { buildFailure } from "./errors.ts";

export interface BuildIndexOptions {
  /** Megabytes that building may take: 1024 by default, at least 300. */
  memoryMb?: number | undefined;
  /** Threads for sorting: as many as the machine offers, at most 8, by default. */
  threads?: number | undefined;
  signal?: AbortSignal | undefined;
  /**
   * Where to build: in a process of its `own`, whose memory is given back at its end, or in `this` one, which spares
   * a small job the start of a process. By default in `this` up to 1 MiB of input, some
   * 250,000 extents, for which the process grows by 150 MB at most.
   */
  process?: "own" | "this" | undefined;
  /** Told of each stage as it begins, and now and then of the share of it that is done. */
  onStage?: ((stage: BuildStage, share: number) => void) | undefined;
}

/** Bytes of input that are built from in this process unless it is said otherwise. */
const small = 1 << 20;

/** Checks what a caller hands over, for those who have work to do before they build. */
export function assertBuildOptions({ memoryMb, threads, process }: BuildIndexOptions): void {
  assertCount("memoryMb", memoryMb, 300);
  assertCount("threads", threads, 1);
  assertOneOf("process", process, ["own", "this"]);
}

/**
 * Builds the index of a version from extents files; results are files in the job's folder.
 * @throws {IndexError} `build-failed` with what the builder said last; `corrupt` when an extent points nowhere.
 */
export async function buildIndex(
  job: BuildJob,
  options: BuildIndexOptions = {},
): Promise<BuiltIndex> {
  assertBuildOptions(options);
  const { memoryMb = 1024, threads, signal, process, onStage } = options;
  signal?.throwIfAborted();
  await mkdir(job.directory, { recursive: true });
  const path = join(job.directory, "job.jsonl");
  await writeJob(path, job, { memoryMb, threads: threads ?? Math.min(8, availableParallelism()) });
  const where = process ?? ((await inputSize(path, job)) > small ? "own" : "this");
  if (where === "own") return runBuilder(path, signal, onStage);
  const { runBuild } = await import("./build/run-build.ts");
  const built = runBuild(path, (stage, share) => {
    signal?.throwIfAborted();
    onStage?.(stage, share);
  });
  return built.catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : buildFailure(error);
  });
}

async function inputSize(path: string, { commits, previous }: BuildJob): Promise<number> {
  const paths = [path, ...commits.flatMap(({ extents }) => extents)];
  if (previous) paths.push(previous.duckdb);
  let size = 0;
  for (const each of paths) {
    size += (await stat(each)).size;
    if (size > small) break;
  }
  return size;
}
