import { join } from "node:path";
import { literal, openDuckDb } from "../duckdb.ts";
import { writeBlocks } from "./blocks.ts";
import { CountWriter } from "./counts.ts";
import type { BuildLimits, BuildStage, BuildUsage, BuiltIndex } from "./job.ts";
import { readJob } from "./job-file.ts";
import { leafRows } from "./leaf-rows.ts";
import { LeafWriter } from "./leaves.ts";
import { mergeTables } from "./merge-tables.ts";
import { buildRoot } from "./root.ts";

/** Bytes of a block of `index.duckdb`: in DuckDB's 256 KiB by default a fifth of each column lies empty. */
const blockSize = 65_536;
/** The first to keep what it guesses of a column's distinct values in 100 bytes instead of 3 KB; older ones know no block size. */
const storageVersion = "v1.1.0";

/** Builds both forms of an index, in this process, whose memory does not fall again. */
export async function runBuild(
  jobPath: string,
  onStage: (stage: BuildStage, share: number) => void,
): Promise<BuiltIndex> {
  const { head, commits } = await readJob(jobPath);
  const { directory, axes, previous, limits } = head;
  const stageMs = { merging: 0, "writing leaves": 0, "writing tables": 0 };
  const timed = async <T>(stage: BuildStage, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    onStage(stage, 0);
    const result = await work();
    stageMs[stage] = Math.round(performance.now() - started);
    return result;
  };
  const { instance, connection } = await openDuckDb(":memory:", directory, settingsFor(limits));
  try {
    const duckdb = join(directory, "index.duckdb");
    const storage = `BLOCK_SIZE ${blockSize}, STORAGE_VERSION '${storageVersion}'`;
    await connection.run(`ATTACH ${literal(duckdb)} AS built (${storage})`);
    if (previous) {
      await connection.run(`ATTACH ${literal(previous.duckdb)} AS previous (READ_ONLY)`);
    }
    const { rowGroups, extents } = await timed("merging", () =>
      mergeTables(connection, head, commits),
    );
    const leaves = new LeafWriter(directory, rowGroups);
    const counts = new CountWriter(join(directory, "counts.parquet"));
    await timed("writing leaves", async () => {
      let done = 0;
      for await (const leaf of leafRows(connection)) {
        leaf.end = leaves.write(leaf);
        counts.add(leaf);
        done += leaf.end;
        if (leaves.fences.length % 128 === 0) onStage("writing leaves", done / extents);
      }
    });
    const labels = leaves.finish();
    const countTable = counts.finish();
    const { live, ...blocks } = await timed("writing tables", async () => {
      const all = `FROM read_parquet(${literal(countTable.path)})`;
      await connection.run(`CREATE TABLE built.labels AS ${all}`);
      const written = await writeBlocks(connection, axes, join(directory, "blocks.parquet"));
      await connection.run("CHECKPOINT built");
      await connection.run("DETACH built");
      return written;
    });
    return {
      duckdb,
      labels,
      counts: countTable,
      blocks,
      totals: { ...counts.totals, blocks: live },
      ...buildRoot(leaves.fences, join(directory, "root.bin")),
      usage: usage(stageMs),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function usage(stageMs: BuildUsage["stageMs"]): BuildUsage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // The system counts kilobytes and microseconds.
  const cpuMs = Math.round((userCPUTime + systemCPUTime) / 1000);
  return { peakMemoryMb: Math.round(maxRSS / 1024), cpuMs, stageMs };
}

/** DuckDB's own limit bounds its sort alone: the process takes about twice that, and 150 MB to begin with. */
function settingsFor({ memoryMb, threads }: BuildLimits): Record<string, string> {
  const limit = Math.floor((memoryMb - 150) / 2);
  // A thread that sorts needs some 10 MB at least, whatever the limit says.
  const most = Math.max(1, Math.floor(limit / 25));
  return {
    memory_limit: `${limit}MB`,
    threads: String(Math.min(threads, most)),
    // What DuckDB frees goes back to the system from here on; by default its allocator keeps some 100 MB.
    allocator_flush_threshold: "8MB",
    allocator_bulk_deallocation_flush_threshold: "8MB",
  };
}
