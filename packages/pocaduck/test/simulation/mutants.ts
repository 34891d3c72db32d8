import { randomUUID } from "node:crypto";
import {
  type Commit,
  commitKey,
  commitOfKey,
  commitsPrefix,
  decodeCommit,
  encodeCommit,
  versionKey,
} from "@pocaduck/format";
import type { Store } from "@pocaduck/storage";

/** What a publisher or a worker that loses or doubles something would leave in a store. The simulation has to see each. */
export const mutants: Record<string, (store: Store) => Store> = {
  "a publisher overlooks a commit": (store) =>
    altered(store, {
      async *list(prefix, options) {
        for await (const meta of store.list(prefix, options)) {
          const bytes = prefix === commitsPrefix ? await store.get(meta.key) : undefined;
          if (!bytes || !hasFirst(decodeCommit(commitOfKey(meta.key) ?? "", bytes))) yield meta;
        }
      },
    }),
  "a commit is acknowledged and not there": (store) =>
    onCommit(store, async (commit) => {
      if (hasFirst(commit)) await store.delete(commitKey(commit.id));
    }),
  "a worker commits twice, and both count": (store) => {
    let commits = 0;
    return onCommit(store, async (commit) => {
      if (++commits > 1) return;
      const blocks = commit.blocks.map((block) => ({ ...block, id: `${block.id}_again` }));
      const id = randomUUID();
      await store.putIfAbsent(commitKey(id), encodeCommit({ ...commit, id, blocks }));
    });
  },
  "a worker commits a block twice, and its old points count beside the new": (store) =>
    onCommit(store, async (commit) => {
      if (commit.base === 0) return;
      const blocks = commit.blocks.map((block) => ({ ...block, id: `${block.id}_again` }));
      await store.delete(commitKey(commit.id));
      await store.putIfAbsent(commitKey(commit.id), encodeCommit({ ...commit, blocks }));
    }),
  "a deliberate rewrite is taken for a late retry": (store) =>
    onCommit(store, async (commit) => {
      await store.delete(commitKey(commit.id));
      await store.putIfAbsent(commitKey(commit.id), encodeCommit({ ...commit, base: 0 }));
    }),
  "a new version takes the old one away": (store) =>
    altered(store, {
      async putIfAbsent(key, body, options) {
        const won = await store.putIfAbsent(key, body, options);
        if (key === versionKey(2)) await store.delete(versionKey(1));
        return won;
      },
    }),
};

/** Whether it has the block that no other commit has. */
function hasFirst({ blocks }: Commit): boolean {
  return blocks.some(({ id }) => id === "0_0_0");
}

/** Meddles after each commit record was put. */
function onCommit(store: Store, meddle: (commit: Commit) => Promise<void>): Store {
  return altered(store, {
    async putIfAbsent(key, body, options) {
      const won = await store.putIfAbsent(key, body, options);
      const id = commitOfKey(key);
      if (won && id !== undefined) await meddle(decodeCommit(id, body));
      return won;
    },
  });
}

function altered(store: Store, changes: Partial<Store>): Store {
  return {
    get: (...words) => store.get(...words),
    getRange: (...words) => store.getRange(...words),
    head: (...words) => store.head(...words),
    list: (...words) => store.list(...words),
    put: (...words) => store.put(...words),
    putIfAbsent: (...words) => store.putIfAbsent(...words),
    delete: (...words) => store.delete(...words),
    ...changes,
  };
}
