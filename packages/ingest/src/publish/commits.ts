import {
  type AbsorbedCommit,
  type Commit,
  commitKey,
  commitOfKey,
  commitsPrefix,
  decodeCommit,
} from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";

const concurrency = 16;

/** The commits that no version has taken in yet, by ascending id. */
export async function* freshCommits(
  store: Store,
  absorbed: readonly AbsorbedCommit[],
  options: StoreOptions,
): AsyncGenerator<Commit> {
  const known = new Set(absorbed.map((commit) => commit.id));
  const fresh: string[] = [];
  for await (const { key } of store.list(commitsPrefix, options)) {
    const id = commitOfKey(key);
    if (id !== undefined && !known.has(id)) fresh.push(id);
  }
  fresh.sort();
  const read = async (id: string, _: number, signal: AbortSignal): Promise<Commit[]> => {
    const bytes = await store.get(commitKey(id), { signal });
    // Deleted between list and get: by gc, as nothing else deletes commits.
    return bytes ? [decodeCommit(id, bytes)] : [];
  };
  for (let at = 0; at < fresh.length; at += concurrency) {
    const some = fresh.slice(at, at + concurrency);
    for (const found of await mapConcurrent(some, concurrency, read, options)) yield* found;
  }
}
