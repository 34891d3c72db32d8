import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { expectedCounts, expectedRows } from "./brute-force.ts";
import { buildHere } from "./build-here.ts";
import { type MadeCommit, makeJob, scratch } from "./made-job.ts";

const python = judge("pyarrow");
const script = join(import.meta.dirname, "read_index.py");

test.skipIf(!python)(
  "pyarrow and DuckDB in Python read both forms, and find the same rows (needs pyarrow)",
  async () => {
    using folder = scratch();
    const extents = Array.from({ length: 20_000 }, (_, at) => ({
      label: 2n ** 64n - 1n - BigInt(at % 700) * 2n ** 53n,
      block: at % 300,
      group: at % 5,
      firstRow: at,
      rows: 1 + (at % 11),
    }));
    const made: MadeCommit[] = [{ blocks: 300, groups: [2, 3], files: [extents] }];
    const job = { ...makeJob(folder.path, made), dead: [7, 299] };
    const built = await buildHere(job);
    const rows = expectedRows([job], [made]);
    const { labels, counts, blocks, duckdb } = built;
    const files = JSON.stringify({ labels, counts: counts.path, blocks: blocks.path, duckdb });
    const answer = execFileSync(String(python), [script], { input: files, maxBuffer: 1 << 28 });
    const { leaves, counted, live, sql } = JSON.parse(answer.toString());
    expect(leaves).toEqual(
      rows.map((row) => [String(row.label), row.block, row.object, row.firstRow, row.rows]),
    );
    expect(sql).toEqual(leaves);
    const wanted = expectedCounts(rows);
    expect(counted).toEqual(
      wanted.map(([label, count, points]) => [String(label), count, Number(points)]),
    );
    expect(live).toEqual(Array.from({ length: 300 }, (_, at) => (at === 7 || at === 299 ? 0 : 1)));
  },
);
