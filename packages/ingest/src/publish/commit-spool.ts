import { appendFile, open } from "node:fs/promises";
import {
  type AbsorbedCommit,
  type Commit,
  decodeCommit,
  type Grid,
  type ObjectRef,
} from "@pocaduck/format";
import type { JobCommit } from "@pocaduck/index";
import { BlockSet } from "../block-set.ts";
import type { FreshCommit } from "./commits.ts";

/** A new commit without its blocks. */
interface SpooledCommit {
  /** With its place in the index's numbering. */
  absorbed: AbsorbedCommit;
  extents: ObjectRef[];
  record: JobCommit["record"];
}

/** New commits in a local file: read once from the store, then as often as it takes, one in memory at a time. */
export class CommitSpool {
  readonly #path: string;
  readonly commits: SpooledCommit[] = [];
  readonly blocks: BlockSet;
  /** Blocks that several of the commits have. */
  readonly contested: BlockSet;
  #size = 0;

  private constructor(path: string, grid: Grid | undefined) {
    this.#path = path;
    this.blocks = new BlockSet(grid);
    this.contested = new BlockSet(grid);
  }

  /** Numbers go on from those of the commits in `before`; all are new in `version`. */
  static async write(
    path: string,
    commits: AsyncIterable<FreshCommit>,
    place: { grid: Grid | undefined; before: readonly AbsorbedCommit[]; version: number },
  ): Promise<CommitSpool> {
    const spool = new CommitSpool(path, place.grid);
    const last = place.before.at(-1);
    let firstBlock = last ? last.firstBlock + last.blocks : 0;
    let firstGroup = last ? last.firstGroup + last.groups : 0;
    for await (const { commit, record } of commits) {
      const absorbed = absorb(commit, { version: place.version, firstBlock, firstGroup });
      firstBlock += absorbed.blocks;
      firstGroup += absorbed.groups;
      await spool.#add(commit, absorbed, record);
    }
    return spool;
  }

  async #add(
    { blocks, extents }: Commit,
    absorbed: AbsorbedCommit,
    record: Uint8Array,
  ): Promise<void> {
    for (const { id } of blocks) (this.blocks.has(id) ? this.contested : this.blocks).add(id);
    await appendFile(this.#path, record);
    const part = { path: this.#path, offset: this.#size, size: record.length };
    this.commits.push({ absorbed, extents: extents.map(reference), record: part });
    this.#size += record.length;
  }

  async *read(): AsyncGenerator<{ commit: Commit; absorbed: AbsorbedCommit }> {
    const file = await open(this.#path);
    try {
      for (const { absorbed, record } of this.commits) {
        const bytes = new Uint8Array(record.size);
        await file.read(bytes, 0, record.size, record.offset);
        yield { commit: decodeCommit(absorbed.id, bytes), absorbed };
      }
    } finally {
      await file.close();
    }
  }
}

function absorb(
  { id, blocks, points, extents }: Commit,
  place: Pick<AbsorbedCommit, "version" | "firstBlock" | "firstGroup">,
): AbsorbedCommit {
  const groups = points.reduce((sum, file) => sum + file.groups.rows.length, 0);
  const objects = [...points, ...extents].map(reference);
  return { id, ...place, blocks: blocks.length, groups, objects };
}

function reference({ key, size, sha256 }: ObjectRef): ObjectRef {
  return { key, size, sha256 };
}
