import { groupAt } from "@pocaduck/format";
import type { BuildJob } from "../src/index.ts";
import { commitOf, type MadeCommit } from "./made-job.ts";
import type { LeafRow } from "./read-index.ts";

/** What the index of some jobs must hold, one after another; `made` holds the commits of each. */
export function expectedRows(jobs: readonly BuildJob[], made: readonly MadeCommit[][]): LeafRow[] {
  const rows: (LeafRow & { number: number })[] = [];
  const dead = new Set(jobs.flatMap((job) => job.dead));
  for (const [at, job] of jobs.entries()) {
    for (const [which, each] of job.commits.entries()) {
      const { firstBlock, firstGroup } = each;
      const groups = commitOf(each).points.flatMap((file) =>
        file.groups.offset.map((_, group) => ({ object: file.key, pointer: groupAt(file, group) })),
      );
      for (const { label, block, group, firstRow, rows: count } of (
        made[at]?.[which]?.files ?? []
      ).flat()) {
        const { object, pointer } = groups[group] as (typeof groups)[0];
        if (dead.has(firstBlock + block)) continue;
        const number = firstGroup + group;
        rows.push({
          label,
          block: firstBlock + block,
          object,
          pointer,
          firstRow,
          rows: count,
          number,
        });
      }
    }
  }
  rows.sort(
    (a, b) =>
      Number(a.label > b.label) - Number(a.label < b.label) ||
      a.block - b.block ||
      a.number - b.number ||
      a.firstRow - b.firstRow,
  );
  return rows.map(({ number, ...row }) => row);
}

/** Label, blocks, points of each label. */
export function expectedCounts(rows: readonly LeafRow[]): [bigint, number, bigint][] {
  const blocks = new Map<bigint, Set<number>>();
  const points = new Map<bigint, bigint>();
  for (const { label, block, rows: count } of rows) {
    blocks.set(label, (blocks.get(label) ?? new Set()).add(block));
    points.set(label, (points.get(label) ?? 0n) + BigInt(count));
  }
  return [...points].map(([label, count]) => [label, blocks.get(label)?.size ?? 0, count]);
}
