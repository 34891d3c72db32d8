import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../scripts/python.mjs";
import type { SetName } from "./blocks-of-set.ts";
import type { IngestResult } from "./ingest-child.ts";
import type { LookupResult } from "./lookup-child.ts";
import type { PublishResult } from "./publish-child.ts";
import { median } from "./report.ts";

/** A set in a dataset of ours, timed. */
export interface OwnRun {
  path: string;
  ingest: IngestResult;
  /** Megabytes that an ingestor takes for it, in a process that does nothing else. */
  memoryMb: number;
  publish: PublishResult;
}

/** A set in Python PoCADuck, timed. */
export interface PeerRun {
  base: string;
  points: number;
  pairs: number;
  seconds: number;
  publishSeconds: number;
  memoryMb: number;
  size: { points: number; index: number };
}

/** What publishing is allowed, as by default. */
export const publishMb = 1024;

/** Runs each thing in a process of its own, in a folder that ends with this. */
export class MainRuns implements Disposable {
  readonly scratch: string = mkdtempSync(join(tmpdir(), "pocaduck-bench-"));
  readonly #peer = python("pocaduck");

  [Symbol.dispose](): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  get hasPeer(): boolean {
    return this.#peer !== undefined;
  }

  own(set: SetName, size: number): OwnRun {
    say(`ours: ${set} ${size}`);
    const path = join(this.scratch, `${set}-${size}`);
    const ingest = run<IngestResult>([
      ...workerFlags,
      script("ingest-child.ts"),
      set,
      `${size}`,
      path,
    ]);
    const publish = run<PublishResult>([script("publish-child.ts"), path, `${publishMb}`]);
    return { path, ingest, memoryMb: this.#memory(set, size), publish };
  }

  /** Publishes a dataset of so many blocks of one point each. */
  manyBlocks(blocks: number): PublishResult {
    say(`ours: ${blocks} blocks of a point`);
    const path = join(this.scratch, `blocks-${blocks}`);
    run([script("many-blocks-child.ts"), `${blocks}`, path]);
    const result = run<PublishResult>([script("publish-child.ts"), path, `${publishMb}`]);
    rmSync(path, { recursive: true });
    return result;
  }

  theirs(set: SetName, size: number): PeerRun | undefined {
    if (!this.#peer) return undefined;
    const base = join(this.scratch, `python-${set}-${size}`);
    const input = `${base}.input`;
    execFileSync(process.execPath, [script("input-child.ts"), set, `${size}`, input]);
    say(`Python PoCADuck: ${set} ${size}`);
    const result = this.#askPeer<Omit<PeerRun, "base">>(["ingest", input, base]);
    rmSync(input);
    return { base, ...result };
  }

  lookups({ path }: Pick<OwnRun, "path">): LookupResult {
    return run([script("lookup-child.ts"), path]);
  }

  theirLookups({ base }: PeerRun, labels: readonly string[]): { p50Ms: number } {
    return this.#askPeer(["lookup", base, ...labels]);
  }

  /** Milliseconds of a process that writes the points of a label to a file. */
  newProcess({ path }: Pick<OwnRun, "path">, label: string): number {
    const output = join(this.scratch, "cloud.npy");
    return processMs(process.execPath, [commandLine, "points", path, label, "-o", output]);
  }

  theirNewProcess({ base }: PeerRun, label: string): number {
    return processMs(this.#peer ?? "", [script("python/peer.py"), "once", base, label]);
  }

  /** The same set through a pipe: its maker takes memory elsewhere, and time that is not looked at. */
  #memory(set: SetName, size: number): number {
    const path = join(this.scratch, "memory");
    const maker = [process.execPath, script("input-child.ts"), set, `${size}`];
    const worker = [process.execPath, ...workerFlags, script("ingest-child.ts"), set, "-", path];
    const pipe = `${maker.map(quote).join(" ")} | ${worker.map(quote).join(" ")}`;
    const { memoryMb } = JSON.parse(output("sh", ["-c", pipe])) as IngestResult;
    rmSync(path, { recursive: true });
    return memoryMb;
  }

  #askPeer<T>(words: readonly string[]): T {
    const said = output(this.#peer ?? "", [script("python/peer.py"), ...words]);
    return JSON.parse(said.trim().split("\n").at(-1) ?? "") as T;
  }
}

export const commandLine: string = script("../packages/pocaduck/src/main.ts");

/** As `pocaduck ingest` starts its workers. */
const workerFlags = ["--max-semi-space-size=4"];

/** The JSON that a script of ours prints. */
export function run<T>(words: readonly string[]): T {
  return JSON.parse(output(process.execPath, words)) as T;
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function output(file: string, words: readonly string[]): string {
  return execFileSync(file, words, {
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  }).toString();
}

function processMs(file: string, words: readonly string[]): number {
  const times = Array.from({ length: 7 }, () => {
    const started = performance.now();
    spawnSync(file, words, { stdio: "ignore" });
    return performance.now() - started;
  });
  return median(times.slice(1));
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
