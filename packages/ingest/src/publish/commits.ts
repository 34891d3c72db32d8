import {
  type AbsorbedCommit,
  type Commit,
  commitOfKey,
  commitsPrefix,
  decodeCommit,
} from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";

const concurrency = 16;

/** The commits that no version has taken in yet. */
export async function freshCommits(
  store: Store,
  absorbed: readonly AbsorbedCommit[],
  options: StoreOptions,
): Promise<Commit[]> {
  const known = new Set(absorbed.map((commit) => commit.id));
  const fresh: { id: string; key: string }[] = [];
  for await (const { key } of store.list(commitsPrefix, options)) {
    const id = commitOfKey(key);
    if (id !== undefined && !known.has(id)) fresh.push({ id, key });
  }
  const read = async ({ id, key }: { id: string; key: string }): Promise<Commit[]> => {
    const bytes = await store.get(key, options);
    // Deleted between list and get: by gc, as nothing else deletes commits.
    return bytes ? [decodeCommit(id, bytes)] : [];
  };
  return (await mapConcurrent(fresh, concurrency, read, options)).flat();
}
