import {
  blockColumns,
  decodeIndexTables,
  decodeManifest,
  decodeSources,
  FormatError,
  groupAt,
  type Manifest,
  RowGroup,
  type Schema,
  type Sources,
  type TableRef,
  versionKey,
} from "@pocaduck/format";
import type { Store, StoreOptions } from "@pocaduck/storage";
import { readChecked } from "./checked.ts";
import type { PublishedBlock } from "./winners.ts";

/** What the next version builds on. */
export interface Snapshot {
  version: number;
  manifest?: Manifest;
  sources: Sources;
  /** The blocks readers see, by id. */
  blocks: Map<string, PublishedBlock>;
}

/** Reads version `version`; 0 is the empty beginning. */
export async function readSnapshot(
  store: Store,
  schema: Schema,
  version: number,
  options: StoreOptions,
): Promise<Snapshot> {
  if (version === 0) {
    return { version, sources: { commits: [], conflicts: [] }, blocks: new Map() };
  }
  const key = versionKey(version);
  const bytes = await store.get(key, options);
  if (!bytes) throw new FormatError("corrupt", key, "is gone, though a later step found it");
  const manifest = decodeManifest(version, bytes);
  const { index } = manifest;
  const sources = decodeSources(
    index.sources.key,
    await readChecked(store, index.sources, options),
  );
  const tables = decodeIndexTables(
    index.tables.key,
    await readChecked(store, index.tables, options),
  );
  const blocks = await readBlocks(store, schema, tables.blocks, options);
  return { version, manifest, sources, blocks };
}

async function readBlocks(
  store: Store,
  schema: Schema,
  table: TableRef,
  options: StoreOptions,
): Promise<Map<string, PublishedBlock>> {
  const bytes = await readChecked(store, table, options);
  const columns = blockColumns(schema.axes);
  const column = (name: string): number => columns.findIndex((each) => each.name === name);
  const blocks = new Map<string, PublishedBlock>();
  let first = 0;
  for (const [at, offset] of table.groups.offset.entries()) {
    const pointer = groupAt(table, at);
    const group = new RowGroup(
      columns,
      bytes.subarray(offset, offset + pointer.size),
      pointer,
      table.key,
    );
    const live = new Uint8Array(group.rows);
    group.numbers(column("live"), 0, group.rows, live);
    const versions = new Uint32Array(group.rows);
    group.numbers(column("version"), 0, group.rows, versions);
    const ids = group.strings(column("id"), 0, group.rows);
    const commits = group.strings(column("commit"), 0, group.rows);
    const digests = group.strings(column("digest"), 0, group.rows);
    for (let row = 0; row < group.rows; row++) {
      if (live[row] === 0) continue;
      blocks.set(ids[row] as string, {
        number: first + row,
        version: versions[row] as number,
        commit: commits[row] as string,
        digest: digests[row] as string,
      });
    }
    first += group.rows;
  }
  return blocks;
}
