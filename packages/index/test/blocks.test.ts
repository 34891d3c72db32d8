import { blockColumns } from "@pocaduck/format";
import { expect, test } from "vitest";
import { type BuildJob, openIndex } from "../src/index.ts";
import { buildHere } from "./build-here.ts";
import { commitOf, type MadeCommit, makeJob, scratch } from "./made-job.ts";
import { readGroups } from "./read-index.ts";

test("every block of every version is a row, by number, dead ones marked", async () => {
  using first = scratch();
  using second = scratch();
  const commits = (counts: number[]): MadeCommit[] =>
    counts.map((blocks) => ({ blocks, groups: [1], files: [] }));
  const older: BuildJob = { ...makeJob(first.path, commits([4000, 3])), dead: [1, 4000] };
  const before = await buildHere(older);
  const numbers = { firstBlock: 4003, firstGroup: 2, version: 2 };
  const newer: BuildJob = { ...makeJob(second.path, commits([200]), numbers), dead: [0, 4003] };
  const built = await buildHere({ ...newer, previous: { duckdb: before.duckdb } });
  const wanted = [older, newer].flatMap((job) =>
    job.commits.flatMap((each) =>
      commitOf(each).blocks.map((block, at) => [
        block.id,
        [0, 1, 4000, 4003].includes(each.firstBlock + at) ? 0 : 1,
        each.id,
        at,
        each.version,
        block.pairs,
        BigInt(block.points),
        block.digest,
        ...(block.min ?? [Number.NaN, Number.NaN]),
        ...(block.max ?? [Number.NaN, Number.NaN]),
      ]),
    ),
  );
  expect(built.totals.blocks).toBe(4203 - 4);
  const columns = blockColumns(older.axes);
  expect(readGroups(built.blocks, columns).map(({ rows }) => rows)).toEqual([4096, 107]);
  await using index = await openIndex(built.duckdb);
  const { rows } = await index.run("FROM blocks ORDER BY block");
  expect(rows).toEqual(wanted.map((row, at) => [at, ...row]));
  const groups = await index.run("SELECT row_group, object FROM row_groups ORDER BY 1");
  const objects = [older, newer].flatMap((job) =>
    job.commits.flatMap((each) => commitOf(each).points.map(({ key }) => key)),
  );
  expect(groups.rows).toEqual(objects.map((object, at) => [at, object]));
  const stored = readGroups(built.blocks, columns).flatMap((group) => {
    const live = new Uint8Array(group.rows);
    group.numbers(1, 0, group.rows, live);
    const corner = new Float64Array(group.rows);
    group.numbers(11, 0, group.rows, corner);
    const ids = group.strings(0, 0, group.rows);
    return ids.map((id, row) => [id, live[row], corner[row]]);
  });
  expect(stored).toEqual(wanted.map((row) => [row[0], row[1], row[11]]));
});
