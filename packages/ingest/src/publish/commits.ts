import {
  type AbsorbedCommit,
  type Commit,
  commitKey,
  commitOfKey,
  commitsPrefix,
  decodeCommit,
} from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";

/** Commits in memory at once, and bytes of them, but for one that is larger. */
const most = { commits: 16, bytes: 8 << 20 };

export interface FreshCommit {
  commit: Commit;
  /** Its bytes in the store. */
  record: Uint8Array;
}

interface Listed {
  id: string;
  size: number;
}

/** The commits that no version has taken in yet, by ascending id. */
export async function* freshCommits(
  store: Store,
  absorbed: readonly AbsorbedCommit[],
  options: StoreOptions,
): AsyncGenerator<FreshCommit> {
  const known = new Set(absorbed.map((commit) => commit.id));
  const fresh: Listed[] = [];
  for await (const { key, size } of store.list(commitsPrefix, options)) {
    const id = commitOfKey(key);
    if (id !== undefined && !known.has(id)) fresh.push({ id, size });
  }
  fresh.sort((a, b) => (a.id < b.id ? -1 : 1));
  const read = async ({ id }: Listed, _: number, signal: AbortSignal): Promise<FreshCommit[]> => {
    const bytes = await store.get(commitKey(id), { signal });
    // Deleted between list and get: by gc, as nothing else deletes commits.
    return bytes ? [{ commit: decodeCommit(id, bytes), record: bytes }] : [];
  };
  for (const some of batches(fresh)) {
    for (const found of await mapConcurrent(some, most.commits, read, options)) yield* found;
  }
}

function* batches(listed: readonly Listed[]): Generator<Listed[]> {
  let batch: Listed[] = [];
  let bytes = 0;
  for (const each of listed) {
    if (batch.length === most.commits || (batch.length > 0 && bytes + each.size > most.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(each);
    bytes += each.size;
  }
  if (batch.length > 0) yield batch;
}
