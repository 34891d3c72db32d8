import { fork } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildJob, BuiltIndex } from "./build/job.ts";
import { IndexError } from "./errors.ts";

export interface BuildIndexOptions {
  /** Megabytes that building may take: 1024 by default, at least 300. */
  memoryMb?: number;
  /** Threads for sorting: as many as the machine offers, at most 8, by default. */
  threads?: number;
  signal?: AbortSignal | undefined;
  /**
   * Where to build: in a process of its `own` (the default), whose memory is given back at its end, or in `this`
   * one, which spares a small job the start of a process.
   */
  process?: "own" | "this";
  /** Told of each stage as it begins. */
  onStage?: (stage: string) => void;
}

/**
 * Builds the index of a version from extents files; results are files in the job's folder.
 * @throws {IndexError} `build-failed` with what the process said last.
 */
export async function buildIndex(
  job: BuildJob,
  { memoryMb = 1024, threads, signal, process = "own", onStage }: BuildIndexOptions = {},
): Promise<BuiltIndex> {
  signal?.throwIfAborted();
  const limits = { memoryMb, threads: threads ?? Math.min(8, availableParallelism()) };
  if (process === "this") {
    const { runBuild } = await import("./build/run-build.ts");
    return runBuild(job, limits, (stage) => onStage?.(stage));
  }
  const jobPath = join(job.directory, "job.json");
  const resultPath = join(job.directory, "result.json");
  mkdirSync(job.directory, { recursive: true });
  writeFileSync(jobPath, JSON.stringify({ job, limits }));
  const child = fileURLToPath(new URL(`./build-child${extname(import.meta.url)}`, import.meta.url));
  await new Promise<void>((resolve, reject) => {
    const builder = fork(child, [jobPath, resultPath], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const kill = (): boolean => builder.kill("SIGKILL");
    signal?.addEventListener("abort", kill);
    let said = "";
    builder.stderr?.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-4000);
    });
    builder.on("message", (message) => onStage?.((message as { stage: string }).stage));
    builder.on("error", reject);
    builder.on("close", (code, killed) => {
      signal?.removeEventListener("abort", kill);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else {
        const how = killed ? `was ended by ${killed}` : `ended with code ${code}`;
        reject(new IndexError("build-failed", `The index builder ${how}: ${lastWords(said)}`));
      }
    });
  });
  const result = JSON.parse(readFileSync(resultPath, "utf8"));
  return { ...result, root: new Uint8Array(Buffer.from(result.root, "base64")) } as BuiltIndex;
}

/** The error itself out of what a dying process prints around it. */
function lastWords(said: string): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /Error\b/.test(line)) ?? lines.at(-1) ?? "no word why";
}
