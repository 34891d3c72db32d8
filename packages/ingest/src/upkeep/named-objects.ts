import { createHash } from "node:crypto";
import {
  commitKey,
  commitOfKey,
  commitsPrefix,
  datasetKey,
  decodeCommit,
  decodeDataset,
  decodeIndexTables,
  decodeLatest,
  decodeManifest,
  decodeSources,
  type IndexRef,
  isFormatError,
  latestKey,
  type ObjectRef,
  versionKey,
  versionOfKey,
  versionsPrefix,
} from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";
import { readChecked } from "../publish/checked.ts";

const concurrency = 16;

/** What the records of a dataset name. */
export interface Named {
  /** By key: what is not here and is no record is garbage, unless a record is damaged. */
  objects: Map<string, ObjectRef>;
  /** Records that are gone or unreadable, by key, and why: what they named may lack above. */
  damage: Map<string, string>;
}

/** Every object that a commit or a version names; both say it of points, so that the loss of one hides nothing. */
export async function namedObjects(store: Store, options: StoreOptions): Promise<Named> {
  const found = new Inventory(store, options);
  await found.readDataset();
  // Before the versions, and these before the commits: what a record names was there before it.
  const hinted = await found.hintedVersion();
  await found.readVersions();
  await found.readCommits();
  await found.missVersions(hinted);
  return found;
}

class Inventory implements Named {
  readonly objects = new Map<string, ObjectRef>();
  readonly damage = new Map<string, string>();
  readonly #store: Store;
  readonly #options: StoreOptions;
  readonly #versions = new Set<number>();
  /** Commits that some version took in, and that version. */
  readonly #absorbed = new Map<string, number>();
  #schemaDigest: string | undefined;
  #lastBase = 0;

  constructor(store: Store, options: StoreOptions) {
    this.#store = store;
    this.#options = options;
  }

  readDataset(): Promise<void> {
    return this.#record(datasetKey, this.#options, (bytes) => {
      decodeDataset(bytes);
      this.#schemaDigest = createHash("sha256").update(bytes).digest("hex");
    });
  }

  /** What `latest.json` says; 0 where it says nothing, for it is a hint. */
  async hintedVersion(): Promise<number> {
    const bytes = await this.#store.get(latestKey, this.#options);
    try {
      return bytes ? decodeLatest(bytes) : 0;
    } catch (error) {
      if (!isFormatError(error, "corrupt")) throw error;
      return 0;
    }
  }

  async readVersions(): Promise<void> {
    for await (const { key } of this.#store.list(versionsPrefix, this.#options)) {
      const version = versionOfKey(key);
      if (version !== undefined) this.#versions.add(version);
    }
    await mapConcurrent(
      this.#versions,
      concurrency,
      (version, _, signal) => this.#readVersion(version, { signal }),
      this.#options,
    );
  }

  async readCommits(): Promise<void> {
    const ids = new Set<string>();
    for await (const { key } of this.#store.list(commitsPrefix, this.#options)) {
      const id = commitOfKey(key);
      if (id !== undefined) ids.add(id);
    }
    const read = (id: string, _: number, signal: AbortSignal): Promise<void> =>
      this.#record(commitKey(id), { signal }, (bytes) => {
        const { base, points, extents } = decodeCommit(id, bytes);
        this.#lastBase = Math.max(this.#lastBase, base);
        this.#name([...points, ...extents]);
      });
    await mapConcurrent(ids, concurrency, read, this.#options);
    for (const [id, version] of this.#absorbed) {
      if (!ids.has(id))
        this.damage.set(commitKey(id), `is gone, though version ${version} needs it`);
    }
  }

  /** Versions are numbered without a gap, up to the last that anything tells of. */
  async missVersions(hinted: number): Promise<void> {
    let last = Math.max(hinted, this.#lastBase);
    for (const version of this.#versions) last = Math.max(last, version);
    for (let version = 1; version <= last; version++) {
      const key = versionKey(version);
      if (this.#versions.has(version) || (await this.#store.head(key, this.#options))) continue;
      this.damage.set(key, "is gone, though there was such a version");
    }
  }

  async #readVersion(version: number, options: StoreOptions): Promise<void> {
    let index: IndexRef | undefined;
    await this.#record(versionKey(version), options, (bytes) => {
      const manifest = decodeManifest(version, bytes);
      if (this.#schemaDigest !== undefined && manifest.schemaDigest !== this.#schemaDigest) {
        this.damage.set(datasetKey, `is not the one that version ${version} was made with`);
      }
      index = manifest.index;
    });
    if (!index) return;
    const { duckdb, labels, tables, sources, rootPages } = index;
    this.#name([duckdb, ...labels, tables, sources, ...(rootPages ? [rootPages] : [])]);
    await this.#named(tables, options, (bytes) => {
      const { counts, blocks } = decodeIndexTables(tables.key, bytes);
      this.#name([counts, blocks]);
    });
    await this.#named(sources, options, (bytes) => {
      for (const { id, version, objects } of decodeSources(sources.key, bytes).commits) {
        this.#absorbed.set(id, version);
        this.#name(objects);
      }
    });
  }

  #name(refs: readonly ObjectRef[]): void {
    for (const { key, size, sha256 } of refs) this.objects.set(key, { key, size, sha256 });
  }

  #record(key: string, options: StoreOptions, use: (bytes: Uint8Array) => void): Promise<void> {
    return this.#noting(key, async () => {
      const bytes = await this.#store.get(key, options);
      if (bytes) use(bytes);
      else this.damage.set(key, "is gone");
    });
  }

  #named(ref: ObjectRef, options: StoreOptions, use: (bytes: Uint8Array) => void): Promise<void> {
    return this.#noting(ref.key, async () => use(await readChecked(this.#store, ref, options)));
  }

  /** A record of a newer format still throws: its reader is this release, which is not damage. */
  async #noting(key: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!isFormatError(error, "corrupt")) throw error;
      this.damage.set(key, error.reason);
    }
  }
}
