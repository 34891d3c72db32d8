import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type BuildJob, buildIndex, isIndexError } from "../src/index.ts";
import { type MadeCommit, makeJob, scratch } from "./made-job.ts";

const children = `/proc/${process.pid}/task/${process.pid}/children`;
const withoutProc = !existsSync(children);
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

test("a builder that is killed is an error that says so", { skip: withoutProc }, async () => {
  using folder = scratch();
  const before = builders(process.pid);
  const failed = await buildIndex(someJob(folder.path), {
    process: "own",
    onStage: () => {
      for (const pid of builders(process.pid)) {
        if (!before.includes(pid)) process.kill(pid, "SIGKILL");
      }
    },
  }).catch((error: unknown) => error);
  expect(isIndexError(failed, "build-failed")).toBe(true);
  expect(String(failed)).toContain("SIGKILL");
});

test("aborting ends the builder and rejects with the signal's reason", async () => {
  using folder = scratch();
  const reason = new Error("enough");
  const control = new AbortController();
  const building = buildIndex(someJob(folder.path), {
    process: "own",
    signal: control.signal,
    onStage: () => control.abort(reason),
  });
  await expect(building).rejects.toBe(reason);
  expect(builders(process.pid)).toEqual([]);
  const early = buildIndex(someJob(folder.path), {
    process: "own",
    signal: AbortSignal.abort(reason),
  });
  await expect(early).rejects.toBe(reason);
});

test.for([["own"], ["this"]] as const)(
  "what a progress callback throws ends a build in %s process",
  async ([where]) => {
    using folder = scratch();
    const fault = new Error("no terminal");
    const failed = await buildIndex(someJob(folder.path), {
      process: where,
      onStage: () => {
        throw fault;
      },
    }).catch((error: unknown) => error);
    expect(String(failed)).toContain("no terminal");
    if (!withoutProc) expect(builders(process.pid)).toEqual([]);
  },
);

test("aborting ends a build in this process too", async () => {
  using folder = scratch();
  const reason = new Error("enough");
  const control = new AbortController();
  const building = buildIndex(someJob(folder.path), {
    process: "this",
    signal: control.signal,
    onStage: (stage) => stage === "writing tables" && control.abort(reason),
  });
  await expect(building).resolves.toBeDefined();
  using other = scratch();
  const stopped = buildIndex(someJob(other.path), {
    process: "this",
    signal: control.signal,
  });
  await expect(stopped).rejects.toBe(reason);
});

test.for([["own"], ["this"]] as const)(
  "a damaged extents file is an error with DuckDB's words, from a build in %s process",
  async ([where]) => {
    using folder = scratch();
    const job = someJob(folder.path);
    const path = String(job.commits[0]?.extents[0]);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    const failed = await buildIndex(job, { process: where }).catch((error: unknown) => error);
    expect(isIndexError(failed, "build-failed")).toBe(true);
    expect(String(failed)).toContain(path);
  },
);

test("an extent outside every row group is an error, not a leaf", async () => {
  for (const extent of [
    { label: 1n, block: 0, group: 1, firstRow: 0, rows: 1 },
    { label: 1n, block: 0, group: 0, firstRow: 131_072, rows: 1 },
  ]) {
    for (const where of ["own", "this"] as const) {
      using folder = scratch();
      const job = makeJob(folder.path, [{ blocks: 1, groups: [1], files: [[extent]] }]);
      const failed = await buildIndex(job, { process: where }).catch((error: unknown) => error);
      expect(isIndexError(failed, "corrupt")).toBe(true);
    }
  }
});

test("a builder ends with the process that started it", { skip: withoutProc }, async () => {
  using folder = scratch();
  const job = someJob(folder.path);
  const script = join(folder.path, "parent.ts");
  const source = join(import.meta.dirname, "../src/index.ts");
  writeFileSync(
    script,
    `import { buildIndex } from ${JSON.stringify(source)};
     await buildIndex(${JSON.stringify(job)}, { process: "own", onStage: () => { process.stdout.write("."); for (;;); } });`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  started.push(parent);
  await new Promise((resolve) => parent.stdout.once("data", resolve));
  const [builder] = builders(Number(parent.pid));
  parent.kill("SIGKILL");
  await expect.poll(() => alive(Number(builder)), { timeout: 5000 }).toBe(false);
});

test("what was said is refused when it makes no sense", async () => {
  using folder = scratch();
  const job = someJob(folder.path);
  await expect(buildIndex(job, { memoryMb: 100 })).rejects.toThrow("`memoryMb`");
  await expect(buildIndex(job, { memoryMb: Number.NaN })).rejects.toThrow(RangeError);
  await expect(buildIndex(job, { threads: 0 })).rejects.toThrow("`threads`");
});

test("no process is left once an index is built", { skip: withoutProc }, async () => {
  using folder = scratch();
  const stages: string[] = [];
  const built = await buildIndex(someJob(folder.path), {
    process: "own",
    onStage: (stage, share) => share === 0 && stages.push(stage),
  });
  expect(builders(process.pid)).toEqual([]);
  expect(stages).toEqual(["merging", "writing leaves", "writing tables"]);
  expect(built.usage.peakMemoryMb).toBeGreaterThan(30);
  expect(existsSync(`${built.duckdb}.wal`)).toBe(false);
  await sleep(0);
});

test("only a large job starts a process of its own accord", { skip: withoutProc }, async () => {
  for (const [rows, started] of [
    [5000, 0],
    [400_000, 1],
  ] as const) {
    using folder = scratch();
    const before = builders(process.pid);
    let most = 0;
    await buildIndex(someJob(folder.path, rows), {
      onStage: () => {
        const found = builders(process.pid).filter((pid) => !before.includes(pid));
        most = Math.max(most, found.length);
      },
    });
    expect(most).toBe(started);
  }
});

function someJob(directory: string, rows = 5000): BuildJob {
  const made: MadeCommit = {
    blocks: 10,
    groups: [2],
    files: [
      Array.from({ length: rows }, (_, at) => ({
        label: BigInt(at),
        block: at % 10,
        group: at % 2,
        firstRow: at % 100_000,
        rows: 1,
      })),
    ],
  };
  return makeJob(directory, [made]);
}

/** Ids of the builders among the children of a process. */
function builders(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number)
    .filter((child) => commandOf(child).includes("build-child"));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function alive(pid: number): boolean {
  return commandOf(pid) !== "";
}
