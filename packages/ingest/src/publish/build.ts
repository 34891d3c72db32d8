import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeIndexTables,
  encodeSources,
  type IndexRef,
  indexKey,
  type ObjectRef,
  type Schema,
  type Sources,
  type TableRef,
  type Totals,
} from "@pocaduck/format";
import {
  type BuildIndexOptions,
  type BuildUsage,
  buildIndex,
  scratchFolder,
} from "@pocaduck/index";
import type { Store, StoreOptions } from "@pocaduck/storage";
import { downloadChecked } from "./checked.ts";
import type { Snapshot } from "./snapshot.ts";
import { putBytes, upload } from "./upload.ts";
import type { Winners } from "./winners.ts";

export interface BuildOptions extends StoreOptions, BuildIndexOptions {
  /** Folder for intermediate files, on a disk with room for twice the index: the system's by default. */
  scratch?: string;
}

/** Builds the index of the next version and stores it under a fresh id. */
export async function buildVersion(
  store: Store,
  schema: Schema,
  before: Snapshot,
  winners: Winners,
  sources: Sources,
  id: string,
  options: BuildOptions,
): Promise<{ index: IndexRef; totals: Totals; usage: BuildUsage }> {
  const directory = await scratchFolder(options.scratch ?? tmpdir(), "publish");
  try {
    const built = await build(store, schema, before, winners, directory, options);
    const put = (name: string, path: string): Promise<ObjectRef> =>
      upload(store, indexKey(id, name), path, options);
    const labels: ObjectRef[] = [];
    for (const [at, path] of built.labels.entries())
      labels.push(await put(`labels-${at}.parquet`, path));
    const table = async (
      name: string,
      path: string,
      of: TableRef["groups"],
    ): Promise<TableRef> => ({
      ...(await put(name, path)),
      groups: of,
    });
    const tables = encodeIndexTables({
      counts: await table("counts.parquet", built.counts.path, built.counts.groups),
      blocks: await table("blocks.parquet", built.blocks.path, built.blocks.groups),
    });
    const index: IndexRef = {
      id,
      duckdb: await put("index.duckdb", built.duckdb),
      labels,
      tables: await putBytes(store, indexKey(id, "tables.json"), tables, options),
      sources: await putBytes(store, indexKey(id, "sources.json"), encodeSources(sources), options),
      root: Buffer.from(built.root).toString("base64"),
    };
    if (built.rootPages) index.rootPages = await put("root.bin", built.rootPages);
    return { index, totals: built.totals, usage: built.usage };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function build(
  store: Store,
  schema: Schema,
  before: Snapshot,
  winners: Winners,
  directory: string,
  options: BuildOptions,
) {
  const commits = [];
  for (const numbered of winners.commits) {
    const extents: string[] = [];
    if (winners.winning.has(numbered.commit.id)) {
      for (const file of numbered.commit.extents) {
        const path = join(directory, `${numbered.commit.id}-${extents.length}.parquet`);
        await downloadChecked(store, file, path, options);
        extents.push(path);
      }
    }
    commits.push({ ...numbered, extents, version: before.version + 1 });
  }
  const previous = before.manifest && {
    duckdb: join(directory, "previous.duckdb"),
  };
  if (previous && before.manifest) {
    await downloadChecked(store, before.manifest.index.duckdb, previous.duckdb, options);
  }
  return buildIndex(
    { directory, axes: schema.axes, commits, dead: winners.dead, ...(previous && { previous }) },
    options,
  );
}
