import type { Commit, CommittedBlock, Conflict } from "@pocaduck/format";
import type { CommitSpool } from "./commit-spool.ts";

/** A block as the last version has it. */
export interface PublishedBlock {
  /** Number in the index. */
  number: number;
  /** The version that took it in. */
  version: number;
  commit: string;
  digest: string;
}

export interface Winners {
  /** Numbers of the blocks whose pairs must not be in the index: losers, and what winners replace. */
  dead: number[];
  /** Ids of the commits that have a block in the next version. */
  winning: Set<string>;
  conflicts: Conflict[];
}

interface Claim {
  commit: Pick<Commit, "id" | "base">;
  block: CommittedBlock;
  number: number;
}

/**
 * Gives each block to exactly one commit. Points published in version p give way only to a commit based on
 * p or later; among rivals the newest base wins, then the least commit id. In memory are only blocks that several
 * commits have, or a new one and the last version; any other is its one commit's.
 */
export async function chooseWinners(
  published: AsyncIterable<[id: string, block: PublishedBlock]>,
  fresh: CommitSpool,
): Promise<Winners> {
  const replaceable = new Map<string, PublishedBlock>();
  for await (const [id, block] of published) if (fresh.blocks.has(id)) replaceable.set(id, block);
  const winners: Winners = { dead: [], winning: new Set(), conflicts: [] };
  if (fresh.contested.size === 0 && replaceable.size === 0) {
    for (const { absorbed } of fresh.commits) winners.winning.add(absorbed.id);
    return winners;
  }
  const claims = new Map<string, Claim[]>();
  for await (const { commit, absorbed } of fresh.read()) {
    const { id, base } = commit;
    for (const [at, block] of commit.blocks.entries()) {
      if (!(fresh.contested.has(block.id) || replaceable.has(block.id))) {
        winners.winning.add(id);
        continue;
      }
      const claim = { commit: { id, base }, block, number: absorbed.firstBlock + at };
      const rivals = claims.get(block.id);
      if (rivals) rivals.push(claim);
      else claims.set(block.id, [claim]);
    }
  }
  for (const [id, rivals] of claims) settle(id, rivals, replaceable.get(id), winners);
  return winners;
}

function settle(
  id: string,
  rivals: readonly Claim[],
  before: PublishedBlock | undefined,
  { dead, winning, conflicts }: Winners,
): void {
  const since = before?.version ?? 0;
  // Rivals come by commit id, and toSorted is stable.
  const [winner] = rivals
    .filter(({ commit }) => commit.base >= since)
    .toSorted((a, b) => b.commit.base - a.commit.base);
  const commit = winner?.commit.id ?? before?.commit ?? "";
  const digest = winner?.block.digest ?? before?.digest;
  for (const rival of rivals) {
    if (rival === winner) continue;
    dead.push(rival.number);
    if (rival.block.digest !== digest) {
      conflicts.push({ block: id, winner: commit, loser: rival.commit.id });
    }
  }
  if (!winner) return;
  winning.add(commit);
  if (before) dead.push(before.number);
}
