import { createHash, randomUUID } from "node:crypto";
import { datasetKey, decodeDataset, encodeDataset, type Schema } from "@pocaduck/format";
import {
  assertStore,
  isStoreError,
  putOnce,
  type Store,
  type StoreOptions,
} from "@pocaduck/storage";
import { type BlockIds, BlockSet } from "./block-set.ts";
import { IngestError } from "./errors.ts";
import { Ingestor, type IngestorOptions } from "./ingestor.ts";
import { freshCommits } from "./publish/commits.ts";
import { latestVersion } from "./publish/latest.ts";
import { type Published, type PublishOptions, publish } from "./publish/publish.ts";
import { publishedBlocks, readRecords } from "./publish/snapshot.ts";

/** A schema as a caller writes it: `coordinates` are int32, and there are no attributes, unless said. */
export type SchemaInput = Pick<Schema, "axes"> & Partial<Schema>;

/**
 * Makes a dataset in an empty place.
 * @throws {IngestError} `exists`; `unsafe-store` when the store lets a conditional create overwrite.
 */
export async function createDataset(
  store: Store,
  schema: SchemaInput,
  options: StoreOptions = {},
): Promise<Dataset> {
  assertStore(store);
  const { coordinates = "int32", attributes = {}, ...given } = Object(schema) as SchemaInput;
  const whole: Schema = { ...given, coordinates, attributes };
  const bytes = encodeDataset(whole, randomUUID());
  await assertConditional(store, options);
  if ((await putOnce(store, datasetKey, bytes, options)) === "lost") {
    throw new IngestError("exists", `There is a dataset already: ${datasetKey} exists`);
  }
  return new Dataset(store, decodeDataset(bytes), digestOf(bytes), 0);
}

/** @throws {IngestError} `not-found`; {FormatError} `corrupt`, `unsupported-version`. */
export async function openDataset(store: Store, options: StoreOptions = {}): Promise<Dataset> {
  assertStore(store);
  const bytes = await store.get(datasetKey, options);
  if (!bytes) throw new IngestError("not-found", `There is no dataset here: no ${datasetKey}`);
  const schema = decodeDataset(bytes);
  return new Dataset(store, schema, digestOf(bytes), await latestVersion(store, options));
}

/** How far the writing of a dataset is. */
export interface Progress {
  /** The last version, 0 before the first. */
  version: number;
  /** Ids of all blocks that some commit completed. */
  blocks: BlockIds;
  publishedCommits: number;
  /** Commits that the next version will take in. */
  waitingCommits: number;
}

/** A dataset open for writing. */
export class Dataset {
  readonly store: Store;
  readonly schema: Schema;
  readonly #schemaDigest: string;
  #version: number;

  constructor(store: Store, schema: Schema, schemaDigest: string, version: number) {
    this.store = store;
    this.schema = schema;
    this.#schemaDigest = schemaDigest;
    this.#version = version;
  }

  /** The last version known here, 0 before the first. Blocks of ingestors opened now may replace its points. */
  get version(): number {
    return this.#version;
  }

  ingestor(options: IngestorOptions = {}): Ingestor {
    return new Ingestor(this.store, this.schema, this.#version, options);
  }

  /** What was committed so far, published or not. */
  async progress(options: StoreOptions = {}): Promise<Progress> {
    const latest = await latestVersion(this.store, options);
    const records = await readRecords(this.store, latest, options);
    const { commits } = records.sources;
    const blocks = new BlockSet(this.schema.grid);
    for await (const [id] of publishedBlocks(this.store, this.schema, records, options)) {
      blocks.add(id);
    }
    let waitingCommits = 0;
    for await (const { commit } of freshCommits(this.store, commits, options)) {
      for (const block of commit.blocks) blocks.add(block.id);
      waitingCommits++;
    }
    return { version: latest, blocks, publishedCommits: commits.length, waitingCommits };
  }

  /** Ids of all blocks that some commit completed, published or not: what a resumed scan may skip. */
  async committedBlocks(options: StoreOptions = {}): Promise<BlockIds> {
    return (await this.progress(options)).blocks;
  }

  /**
   * Makes what was committed since the last version visible, as the next version. Without new commits nothing changes.
   * @throws {IngestError} `nothing-to-publish` before the first commit; `conflict` when others publish all the time.
   */
  async publish(options: PublishOptions = {}): Promise<Published> {
    const published = await publish(this.store, this.schema, this.#schemaDigest, options);
    this.#version = published.version;
    return published;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Everything rests on `putIfAbsent`: a store that ignores it would lose commits unnoticed. */
async function assertConditional(store: Store, options: StoreOptions): Promise<void> {
  const key = `probes/${randomUUID()}`;
  await store.putIfAbsent(key, Uint8Array.of(1), options).catch((error: unknown) => {
    // The fault is the place's: the probe's name would say nothing to anyone.
    if (isStoreError(error)) error.message = error.message.replace(`"${key}": `, "");
    throw error;
  });
  const second = await store.putIfAbsent(key, Uint8Array.of(2), options);
  await store.delete(key, options);
  if (second) {
    const message = "The store overwrites in a conditional create: commits would get lost in it";
    throw new IngestError("unsafe-store", message);
  }
}
