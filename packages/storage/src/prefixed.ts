import { assertKey } from "./key.ts";
import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectMeta,
  ReadableStore,
  Store,
  StoreOptions,
} from "./store.ts";

/** The part of `store` below `prefix/`, as a store of its own. An empty prefix is the whole store. */
export function prefixed(store: Store, prefix: string): Store;
export function prefixed(store: ReadableStore, prefix: string): ReadableStore;
export function prefixed(store: Store | ReadableStore, prefix: string): ReadableStore {
  const folder = prefix.replace(/\/$/, "");
  if (folder === "") return store;
  assertKey(folder);
  const reader = readablePart(store, `${folder}/`);
  return "put" in store ? { ...reader, ...writingPart(store, `${folder}/`) } : reader;
}

function readablePart(store: ReadableStore, folder: string): ReadableStore {
  const inner = (meta: ObjectMeta): ObjectMeta => ({ ...meta, key: meta.key.slice(folder.length) });
  return {
    get: async (key: string, options?: StoreOptions) => store.get(outer(folder, key), options),
    getRange: async (key: string, range: ByteRange, options?: StoreOptions) =>
      store.getRange(outer(folder, key), range, options),
    async head(key: string, options?: StoreOptions) {
      const meta = await store.head(outer(folder, key), options);
      return meta && inner(meta);
    },
    async *list(prefix: string, { after, ...options }: ListOptions = {}) {
      const from = after === undefined ? options : { ...options, after: folder + after };
      for await (const meta of store.list(folder + prefix, from)) yield inner(meta);
    },
  };
}

function writingPart(store: Store, folder: string): Pick<Store, "put" | "putIfAbsent" | "delete"> {
  return {
    async put(key: string, body: Body, options?: StoreOptions) {
      return { ...(await store.put(outer(folder, key), body, options)), key };
    },
    async putIfAbsent(key: string, body: Uint8Array, options?: StoreOptions) {
      const meta = await store.putIfAbsent(outer(folder, key), body, options);
      return meta && { ...meta, key };
    },
    delete: async (key: string, options?: StoreOptions) =>
      store.delete(outer(folder, key), options),
  };
}

function outer(folder: string, key: string): string {
  assertKey(key);
  return folder + key;
}
