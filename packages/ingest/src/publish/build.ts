import { join } from "node:path";
import {
  type Axis,
  encodeIndexTables,
  encodeSources,
  type IndexRef,
  indexKey,
  type ObjectRef,
  type Sources,
  type TableRef,
  type Totals,
} from "@pocaduck/format";
import {
  type BuildIndexOptions,
  type BuildUsage,
  buildIndex,
  type JobCommit,
} from "@pocaduck/index";
import type { Store, StoreOptions } from "@pocaduck/storage";
import { downloadChecked } from "./checked.ts";
import type { CommitSpool } from "./commit-spool.ts";
import type { Snapshot } from "./snapshot.ts";
import { putBytes, upload } from "./upload.ts";
import type { Winners } from "./winners.ts";

export interface BuildOptions extends StoreOptions, BuildIndexOptions {
  /** Folder for intermediate files, on a disk with room for twice the index: the system's by default. */
  scratch?: string;
}

/** What the index of the next version is made of. */
interface NextVersion {
  /** Fresh, for its folder. */
  id: string;
  axes: readonly Axis[];
  before: Snapshot;
  fresh: CommitSpool;
  winners: Winners;
  sources: Sources;
}

/** Builds the index of the next version in a local folder and stores it under a fresh id. */
export async function buildVersion(
  store: Store,
  next: NextVersion,
  directory: string,
  options: BuildOptions,
): Promise<{ index: IndexRef; totals: Totals; usage: BuildUsage }> {
  const { id, sources } = next;
  const built = await build(store, next, directory, options);
  const put = (name: string, path: string): Promise<ObjectRef> =>
    upload(store, indexKey(id, name), path, options);
  const labels: ObjectRef[] = [];
  for (const [at, path] of built.labels.entries())
    labels.push(await put(`labels-${at}.parquet`, path));
  const table = async (name: string, path: string, of: TableRef["groups"]): Promise<TableRef> => ({
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
}

async function build(
  store: Store,
  { axes, before, fresh, winners }: NextVersion,
  directory: string,
  options: BuildOptions,
) {
  const commits: JobCommit[] = [];
  for (const { absorbed, record, extents: files } of fresh.commits) {
    const { id, firstBlock, firstGroup, version } = absorbed;
    const extents: string[] = [];
    if (winners.winning.has(id)) {
      for (const file of files) {
        const path = join(directory, `${id}-${extents.length}.parquet`);
        await downloadChecked(store, file, path, options);
        extents.push(path);
      }
    }
    commits.push({ id, record, extents, firstBlock, firstGroup, version });
  }
  const previous = before.manifest && {
    duckdb: join(directory, "previous.duckdb"),
  };
  if (previous && before.manifest) {
    await downloadChecked(store, before.manifest.index.duckdb, previous.duckdb, options);
  }
  return buildIndex(
    { directory, axes, commits, dead: winners.dead, ...(previous && { previous }) },
    options,
  );
}
