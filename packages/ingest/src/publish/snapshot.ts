import {
  blockColumns,
  type Column,
  decodeIndexTables,
  decodeManifest,
  decodeSources,
  FormatError,
  type GroupPointer,
  groupAt,
  type Manifest,
  RowGroup,
  type Schema,
  type Sources,
  type TableRef,
  versionKey,
} from "@pocaduck/format";
import type { Store, StoreOptions } from "@pocaduck/storage";
import { readChecked, readPart } from "./checked.ts";
import type { PublishedBlock } from "./winners.ts";

/** Bytes of a request, but for a row group that is larger. */
const requestSize = 8 << 20;

/** What the next version builds on. */
export interface Snapshot {
  version: number;
  manifest?: Manifest;
  sources: Sources;
}

/** What the version's own records say. */
export async function readRecords(
  store: Store,
  version: number,
  options: StoreOptions,
): Promise<Snapshot> {
  if (version === 0) return { version, sources: { commits: [], conflicts: [] } };
  const key = versionKey(version);
  const bytes = await store.get(key, options);
  if (!bytes) throw new FormatError("corrupt", key, "is gone, though a later step found it");
  const manifest = decodeManifest(version, bytes);
  const { sources } = manifest.index;
  const read = await readChecked(store, sources, options);
  return { version, manifest, sources: decodeSources(sources.key, read) };
}

/** The blocks that readers of the version see, and their ids; some megabytes of them at a time. */
export async function* publishedBlocks(
  store: Store,
  schema: Schema,
  { manifest }: Pick<Snapshot, "manifest">,
  options: StoreOptions,
): AsyncGenerator<[id: string, block: PublishedBlock]> {
  if (!manifest) return;
  const { tables } = manifest.index;
  const { blocks: table } = decodeIndexTables(
    tables.key,
    await readChecked(store, tables, options),
  );
  const columns = blockColumns(schema.axes);
  const column = (name: string): number => columns.findIndex((each) => each.name === name);
  let first = 0;
  for await (const group of rowGroups(store, columns, table, options)) {
    const live = new Uint8Array(group.rows);
    group.numbers(column("live"), 0, group.rows, live);
    const versions = new Uint32Array(group.rows);
    group.numbers(column("version"), 0, group.rows, versions);
    const ids = group.strings(column("id"), 0, group.rows);
    const commits = group.strings(column("commit"), 0, group.rows);
    const digests = group.strings(column("digest"), 0, group.rows);
    for (let row = 0; row < group.rows; row++) {
      if (live[row] === 0) continue;
      const block = {
        number: first + row,
        version: versions[row] as number,
        commit: commits[row] as string,
        digest: digests[row] as string,
      };
      yield [ids[row] as string, block];
    }
    first += group.rows;
  }
}

/** The row groups of a table, which lie one after another, by requests of some megabytes. */
async function* rowGroups(
  store: Store,
  columns: readonly Column[],
  table: TableRef,
  options: StoreOptions,
): AsyncGenerator<RowGroup> {
  const pointers = Array.from(table.groups.offset.keys(), (at) => groupAt(table, at));
  while (pointers.length > 0) {
    const offset = pointers[0]?.offset ?? 0;
    const tooFar = pointers.findIndex((each) => each.offset + each.size > offset + requestSize);
    const some = pointers.splice(0, tooFar < 0 ? pointers.length : Math.max(1, tooFar));
    const last = some.at(-1) as GroupPointer;
    const length = last.offset + last.size - offset;
    const bytes = await readPart(store, table, { offset, length }, options);
    for (const pointer of some) {
      const at = pointer.offset - offset;
      yield new RowGroup(columns, bytes.subarray(at, at + pointer.size), pointer, table.key);
    }
  }
}
