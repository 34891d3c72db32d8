import {
  commitOfKey,
  commitsPrefix,
  decodeCommit,
  decodeIndexTables,
  decodeManifest,
  type IndexRef,
  type Manifest,
  type ObjectRef,
  versionOfKey,
  versionsPrefix,
} from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";
import { readChecked } from "../publish/checked.ts";

const concurrency = 16;

/** Every object that a commit or a version names, by key: what is not here and is no record is garbage. */
export async function namedObjects(
  store: Store,
  options: StoreOptions,
): Promise<Map<string, ObjectRef>> {
  const named = new Map<string, ObjectRef>();
  const name = (refs: readonly ObjectRef[]): void => {
    for (const { key, size, sha256 } of refs) named.set(key, { key, size, sha256 });
  };
  const records: string[] = [];
  for (const prefix of [commitsPrefix, versionsPrefix]) {
    for await (const { key } of store.list(prefix, options)) records.push(key);
  }
  await mapConcurrent(
    records,
    concurrency,
    async (key, _, signal) => {
      const bytes = await store.get(key, { signal });
      const commit = commitOfKey(key);
      const version = versionOfKey(key);
      if (bytes && commit !== undefined) {
        const { points, extents } = decodeCommit(commit, bytes);
        name([...points, ...extents]);
      } else if (bytes && version !== undefined) {
        name(await indexObjects(store, decodeManifest(version, bytes), { signal }));
      }
    },
    options,
  );
  return named;
}

async function indexObjects(
  store: Store,
  { index }: Manifest,
  options: StoreOptions,
): Promise<ObjectRef[]> {
  const bytes = await readChecked(store, index.tables, options);
  const { counts, blocks } = decodeIndexTables(index.tables.key, bytes);
  return [...direct(index), counts, blocks];
}

function direct({ duckdb, labels, tables, sources, rootPages }: IndexRef): ObjectRef[] {
  return [duckdb, ...labels, tables, sources, ...(rootPages ? [rootPages] : [])];
}
