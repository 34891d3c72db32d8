import {
  assertCount,
  type Column,
  countColumns,
  extentColumns,
  type Manifest,
  pointColumns,
  type Schema,
  showValue,
} from "@pocaduck/format";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { type BlockInfo, BlockTable } from "./block-table.ts";
import { assertBox, type Box, inBox, overlaps } from "./box.ts";
import { PartDecoder } from "./decode-parts.ts";
import { QueryError } from "./errors.ts";
import { type Explanation, explain } from "./explain.ts";
import {
  eachGroup,
  type GroupOptions,
  groupReads,
  type ReadOptions,
  rowsOf,
} from "./group-reads.ts";
import { checkLabel } from "./label.ts";
import type { Extent } from "./leaf.ts";
import { LabelIndex } from "./lookup.ts";
import { CloudBuilder, type PointCloud } from "./point-cloud.ts";
import { readGroup } from "./read-object.ts";
import { countUnique } from "./unique.ts";

/** A label, and how much of it there is. */
export interface LabelCount {
  label: bigint;
  blocks: number;
  points: number;
}

/** Labels looked up together by {@link Query.pointsOf}. */
const window = 1024;
/** Bytes of row groups that labels looked up together may need, and points that they may have. */
const windowSize = 64 << 20;
const windowPoints = 2_000_000;

/** One version of a dataset, open for reading. Every call may be aborted by its `signal`. */
export class Query {
  readonly manifest: Manifest;
  readonly #grouping: GroupOptions;
  readonly #store: ReadableStore;
  readonly #columns: Column[];
  readonly #index: LabelIndex;
  readonly #blocks: BlockTable;

  /** `grouping` is for reads that say nothing else. */
  constructor(
    store: ReadableStore,
    manifest: Manifest,
    cacheSize: number,
    grouping: GroupOptions = {},
  ) {
    this.manifest = manifest;
    this.#grouping = grouping;
    this.#store = store;
    this.#columns = pointColumns(manifest.schema);
    this.#index = new LabelIndex(store, manifest, cacheSize);
    this.#blocks = new BlockTable(store, manifest);
  }

  get version(): number {
    return this.manifest.version;
  }

  get schema(): Schema {
    return this.manifest.schema;
  }

  /** Whether the version has every block of the grid; `undefined` where the schema has no grid. */
  get complete(): boolean | undefined {
    const { expectedBlocks, totals } = this.manifest;
    return expectedBlocks === undefined ? undefined : totals.blocks >= expectedBlocks;
  }

  /**
   * All points of `label`, by block, in raster order within one. A label that no block mentions has none.
   * @throws {FormatError} `corrupt` when a byte read is not what was written.
   */
  async points(label: bigint, options: ReadOptions = {}): Promise<PointCloud> {
    const extents = await this.#extents(label, options);
    return this.#cloud(label, extents, options);
  }

  /** The points of `label` in parts of some two million, for labels larger than memory. */
  async *stream(label: bigint, options: ReadOptions = {}): AsyncGenerator<PointCloud> {
    let part: Extent[] = [];
    let points = 0;
    for (const extent of await this.#extents(label, options)) {
      part.push(extent);
      points += extent.rows;
      if (points < windowPoints) continue;
      yield await this.#cloud(label, part, options);
      part = [];
      points = 0;
    }
    if (part.length > 0) yield await this.#cloud(label, part, options);
  }

  /** The points of many labels, in the order given; what they share is fetched once. */
  async *pointsOf(
    labels: Iterable<bigint> | AsyncIterable<bigint>,
    options: ReadOptions = {},
  ): AsyncGenerator<PointCloud> {
    if (!isIterable(labels)) {
      throw new TypeError(`Expected \`labels\` to be iterable, got ${showValue(labels)}`);
    }
    let some: bigint[] = [];
    for await (const label of labels) {
      some.push(label);
      if (some.length < window) continue;
      yield* this.#pointsOfSome(some, options);
      some = [];
    }
    yield* this.#pointsOfSome(some, options);
  }

  /** The points of `label` in a box, corners inclusive. Reads only row groups of blocks that meet the box. */
  async within(label: bigint, box: Box, options: ReadOptions = {}): Promise<PointCloud> {
    const axes = this.schema.axes.length;
    assertBox(box, axes);
    const [extents, blocks] = await Promise.all([
      this.#extents(label, options),
      this.#blocks.all(options),
    ]);
    const near = extents.filter(({ block }) => overlaps(blocks[block], box));
    return inBox(await this.#cloud(label, near, options), axes, box);
  }

  /** Ids of the blocks that have points of `label`, in the order of {@link Query.points}. */
  async blocks(label: bigint, options: StoreOptions = {}): Promise<string[]> {
    const extents = await this.#extents(label, options);
    if (extents.length === 0) return [];
    const blocks = await this.#blocks.all(options);
    return [...new Set(extents.map(({ block }) => blocks[block]?.id ?? ""))];
  }

  /** Points of `label`; with `unique` those that two blocks both hold count once, which reads them. */
  async count(
    label: bigint,
    { unique = false, ...options }: ReadOptions & { unique?: boolean } = {},
  ): Promise<number> {
    if (unique) return countUnique(await this.points(label, options), this.schema.axes.length);
    const extents = await this.#extents(label, options);
    return rowsOf(extents);
  }

  /** All labels, ascending, or those greater than `after`; the first `limit` of them where it is given. */
  async *labels({
    after,
    limit,
    ...options
  }: StoreOptions & { after?: bigint; limit?: number } = {}): AsyncGenerator<LabelCount> {
    const from = after === undefined ? -1n : checkLabel(after, "after");
    assertCount("limit", limit, 0);
    let left = limit ?? Number.POSITIVE_INFINITY;
    if (left === 0) return;
    const { counts } = await this.#blocks.tables(options);
    for (const at of counts.groups.offset.keys()) {
      const group = await readGroup(this.#store, countColumns, counts, at, options);
      const [labels, points] = [new BigUint64Array(group.rows), new BigUint64Array(group.rows)];
      const blocks = new Uint32Array(group.rows);
      group.numbers(0, 0, group.rows, labels);
      group.numbers(1, 0, group.rows, blocks);
      group.numbers(2, 0, group.rows, points);
      for (const [row, label] of labels.entries()) {
        if (label <= from) continue;
        options.signal?.throwIfAborted();
        yield { label, blocks: blocks[row] as number, points: Number(points[row]) };
        if (--left === 0) return;
      }
    }
  }

  /** Labels with points in a block, ascending, and how many. @throws {QueryError} `unknown-block`. */
  async labelsIn(block: string, options: StoreOptions = {}): Promise<LabelCount[]> {
    if (typeof block !== "string") {
      throw new TypeError(`Expected \`block\` to be a string, got ${showValue(block)}`);
    }
    const found = await this.#blocks.find(block, options);
    if (!found) {
      const message = `Version ${this.version} has no block ${JSON.stringify(block)}`;
      throw new QueryError("unknown-block", message);
    }
    const commit = await this.#blocks.commit(found.commit, options);
    const points = new Map<bigint, number>();
    for (const table of commit.extents) {
      for (const at of table.groups.offset.keys()) {
        const group = await readGroup(this.#store, extentColumns, table, at, options);
        const [labels, blocks] = [new BigUint64Array(group.rows), new Uint32Array(group.rows)];
        const rows = new Uint32Array(group.rows);
        group.numbers(0, 0, group.rows, labels);
        group.numbers(1, 0, group.rows, blocks);
        group.numbers(4, 0, group.rows, rows);
        for (const [row, number] of blocks.entries()) {
          if (number !== found.numberInCommit) continue;
          const label = labels[row] as bigint;
          points.set(label, (points.get(label) ?? 0) + (rows[row] as number));
        }
      }
    }
    return [...points]
      .map(([label, count]) => ({ label, blocks: 1, points: count }))
      .sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** Every block of the version, by number. */
  async blockTable(options: StoreOptions = {}): Promise<BlockInfo[]> {
    return (await this.#blocks.all(options)).filter((block) => block !== undefined);
  }

  /** What a lookup of `label` reads; reads the index only. */
  async explain(label: bigint, options: ReadOptions = {}): Promise<Explanation> {
    const extents = await this.#extents(label, options);
    const leaves = await this.#index.leaves(label, options);
    const located = leaves.map((leaf) => ({ ...leaf, object: this.#index.object(leaf).key }));
    return explain(label, this.version, located, extents, this.#grouped(options));
  }

  #grouped({ gap, cap, ...options }: ReadOptions): ReadOptions {
    return { ...options, gap: gap ?? this.#grouping.gap, cap: cap ?? this.#grouping.cap };
  }

  async #extents(label: bigint, { gap, cap, concurrency, signal }: ReadOptions): Promise<Extent[]> {
    assertCount("gap", gap, 0);
    assertCount("cap", cap, 1);
    assertCount("concurrency", concurrency, 1);
    signal?.throwIfAborted();
    return this.#index.extents(checkLabel(label), { signal });
  }

  async #cloud(label: bigint, extents: Extent[], options: ReadOptions): Promise<PointCloud> {
    const [cloud] = await this.#clouds([label], [extents], options);
    return cloud as PointCloud;
  }

  /** Clouds of `labels`, which have the extents `found`; memory for all of them is taken. */
  async #clouds(
    labels: readonly bigint[],
    found: readonly Extent[][],
    options: ReadOptions,
  ): Promise<PointCloud[]> {
    const clouds = found.map((extents) => new CloudBuilder(this.schema, rowsOf(extents)));
    const decoder = new PartDecoder(this.schema, clouds);
    const reads = groupReads(found);
    await eachGroup(this.#store, this.#columns, reads, this.#grouped(options), (read, group) =>
      decoder.decode(group, read.parts),
    );
    return clouds.map((cloud, at) =>
      cloud.finish(labels[at] as bigint, this.version, this.complete),
    );
  }

  async *#pointsOfSome(labels: bigint[], options: ReadOptions): AsyncGenerator<PointCloud> {
    const found = await Promise.all(labels.map((label) => this.#extents(label, options)));
    for (let start = 0; start < labels.length; ) {
      const end = start + togetherFrom(found, start);
      yield* await this.#clouds(labels.slice(start, end), found.slice(start, end), options);
      start = end;
    }
  }
}

/** How many of `found`, from `start` on, may be looked up together: one at least. */
function togetherFrom(found: readonly Extent[][], start: number): number {
  const groups = new Set<string>();
  let [size, points, end] = [0, 0, start];
  do {
    const extents = found[end++] ?? [];
    points += rowsOf(extents);
    for (const { object, pointer } of extents) {
      const name = `${object} ${pointer.offset}`;
      if (!groups.has(name)) size += pointer.size;
      groups.add(name);
    }
  } while (end < found.length && size < windowSize && points < windowPoints);
  return end - start;
}

function isIterable(value: unknown): boolean {
  return Symbol.iterator in Object(value) || Symbol.asyncIterator in Object(value);
}
