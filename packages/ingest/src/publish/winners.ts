import type { AbsorbedCommit, Commit, CommittedBlock, Conflict } from "@pocaduck/format";

/** A block as the last version has it. */
export interface PublishedBlock {
  /** Number in the index. */
  number: number;
  /** The version that took it in. */
  version: number;
  commit: string;
  digest: string;
}

/** A new commit with its place in the index's numbering. */
interface NumberedCommit {
  commit: Commit;
  firstBlock: number;
  firstGroup: number;
}

export interface Winners {
  commits: NumberedCommit[];
  /** Numbers of the blocks whose pairs must not be in the index: losers, and what winners replace. */
  dead: number[];
  /** Ids of the commits that have a block in the next version. */
  winning: Set<string>;
  conflicts: Conflict[];
}

interface Claim {
  commit: Commit;
  block: CommittedBlock;
  number: number;
}

/**
 * Gives each block to exactly one commit. Points published in version p give way only to a commit based on
 * p or later; among rivals the newest base wins, then the least commit id.
 */
export function chooseWinners(
  published: ReadonlyMap<string, PublishedBlock>,
  absorbed: readonly AbsorbedCommit[],
  fresh: readonly Commit[],
): Winners {
  const winners: Winners = { commits: [], dead: [], winning: new Set(), conflicts: [] };
  const last = absorbed.at(-1);
  let firstBlock = last ? last.firstBlock + last.blocks : 0;
  let firstGroup = last ? last.firstGroup + last.groups : 0;
  const claims = new Map<string, Claim[]>();
  for (const commit of fresh.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    winners.commits.push({ commit, firstBlock, firstGroup });
    for (const [at, block] of commit.blocks.entries()) {
      const claim = { commit, block, number: firstBlock + at };
      const rivals = claims.get(block.id);
      if (rivals) rivals.push(claim);
      else claims.set(block.id, [claim]);
    }
    firstBlock += commit.blocks.length;
    firstGroup += groupsOf(commit);
  }
  for (const [id, rivals] of claims) settle(id, rivals, published.get(id), winners);
  return winners;
}

/** Row groups of a commit's points. */
export function groupsOf(commit: Commit): number {
  return commit.points.reduce((sum, file) => sum + file.groups.rows.length, 0);
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
