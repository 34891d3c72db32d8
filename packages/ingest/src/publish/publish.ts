import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  assertCount,
  assertText,
  encodeManifest,
  gridLength,
  indexKey,
  type Manifest,
  type Schema,
  type Sources,
  type Totals,
  versionKey,
} from "@pocaduck/format";
import { assertBuildOptions, type BuildUsage, scratchFolder } from "@pocaduck/index";
import { putOnce, type Store } from "@pocaduck/storage";
import { IngestError } from "../errors.ts";
import { type BuildOptions, buildVersion } from "./build.ts";
import { CommitSpool } from "./commit-spool.ts";
import { freshCommits } from "./commits.ts";
import { latestVersion, mendHint, moveHint } from "./latest.ts";
import { publishedBlocks, readRecords } from "./snapshot.ts";
import { chooseWinners } from "./winners.ts";

export interface PublishOptions extends BuildOptions {
  /** Times to start again from what another publisher won: 10 by default. */
  attempts?: number;
  /** For the record: who publishes, with what. */
  tool?: string;
}

/** What a publish led to. */
export interface Published {
  version: number;
  /** Whether this call made the version; false when there was nothing new. */
  changed: boolean;
  totals: Totals;
  /** Blocks of the grid without a commit; absent where the schema has no grid. */
  missingBlocks?: number;
  /** Blocks that two commits wrote differently, in all versions so far. */
  conflicts: number;
  /** What building the index took; absent when there was nothing new. */
  usage?: BuildUsage;
}

/** Publishes what was committed since the last version. Of publishers at once one wins, the others start again from it. */
export async function publish(
  store: Store,
  schema: Schema,
  schemaDigest: string,
  options: PublishOptions,
): Promise<Published> {
  assertBuildOptions(options);
  assertCount("attempts", options.attempts, 1);
  assertText("tool", options.tool);
  assertText("scratch", options.scratch);
  const { attempts = 10, signal } = options;
  for (let attempt = 0; attempt < attempts; attempt++) {
    signal?.throwIfAborted();
    const latest = await latestVersion(store, options);
    const directory = await scratchFolder(options.scratch ?? tmpdir(), "publish");
    try {
      const published = await publishNext(store, schema, schemaDigest, latest, directory, options);
      if (published) return published;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  throw new IngestError("conflict", `Other publishers won ${attempts} times: try again later`);
}

/** Makes version `latest + 1`; `undefined` when another publisher did. */
async function publishNext(
  store: Store,
  schema: Schema,
  schemaDigest: string,
  latest: number,
  directory: string,
  options: PublishOptions,
): Promise<Published | undefined> {
  const { signal } = options;
  const before = await readRecords(store, latest, options);
  const absorbed = before.sources.commits;
  const fresh = await CommitSpool.write(
    join(directory, "commits"),
    freshCommits(store, absorbed, options),
    { grid: schema.grid, before: absorbed, version: latest + 1 },
  );
  if (fresh.commits.length === 0) {
    if (!before.manifest) {
      throw new IngestError(
        "nothing-to-publish",
        "Nothing was committed to this dataset yet; write blocks with an ingestor and commit them, or run pocaduck ingest",
      );
    }
    await mendHint(store, latest, options);
    return describe(before.manifest, before.sources, false);
  }
  const winners = await chooseWinners(publishedBlocks(store, schema, before, options), fresh);
  const sources: Sources = {
    commits: [...absorbed, ...fresh.commits.map((commit) => commit.absorbed)],
    conflicts: [...before.sources.conflicts, ...winners.conflicts],
  };
  const id = randomUUID();
  const next = { id, axes: schema.axes, before, fresh, winners, sources };
  const { index, totals, usage } = await buildVersion(store, next, directory, options);
  const manifest: Manifest = {
    version: latest + 1,
    id,
    schemaDigest,
    schema,
    publishedAt: new Date().toISOString(),
    tool: options.tool ?? "pocaduck",
    totals,
    index,
  };
  if (schema.grid) manifest.expectedBlocks = gridLength(schema.grid);
  const bytes = encodeManifest(manifest);
  if ((await putOnce(store, versionKey(latest + 1), bytes, { signal })) === "won") {
    await moveHint(store, latest + 1, options);
    return describe(manifest, sources, true, usage);
  }
  for await (const { key } of store.list(indexKey(id, ""), options))
    await store.delete(key, options);
  return undefined;
}

function describe(
  manifest: Manifest,
  sources: Sources,
  changed: boolean,
  usage?: BuildUsage,
): Published {
  const { version, totals, expectedBlocks } = manifest;
  return {
    version,
    changed,
    totals,
    conflicts: sources.conflicts.length,
    ...(expectedBlocks !== undefined && { missingBlocks: expectedBlocks - totals.blocks }),
    ...(usage && { usage }),
  };
}
