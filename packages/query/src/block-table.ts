import {
  blockColumns,
  type Commit,
  commitKey,
  decodeCommit,
  decodeIndexTables,
  type IndexTables,
  type Manifest,
  type RowGroup,
} from "@pocaduck/format";
import { mapConcurrent, type ReadableStore, type StoreOptions } from "@pocaduck/storage";
import { gone, readGroup, readWhole } from "./read-object.ts";
import { SizedCache } from "./sized-cache.ts";

/** A block of a version. */
export interface BlockInfo {
  id: string;
  /** Number in the index. */
  number: number;
  /** Labels with points in it. */
  pairs: number;
  points: number;
  /** Bounding box of its points, inclusive; absent without points. */
  min?: number[];
  max?: number[];
  /** The commit it comes from, and its number there. */
  commit: string;
  numberInCommit: number;
}

/** The blocks of a version and other small tables, read when first asked for. */
export class BlockTable {
  readonly #store: ReadableStore;
  readonly #manifest: Manifest;
  // Of one entry each, which no size drives out.
  readonly #tables = new SizedCache<IndexTables>(0);
  readonly #blocks = new SizedCache<(BlockInfo | undefined)[]>(0);
  #byId: Map<string, BlockInfo> | undefined;

  constructor(store: ReadableStore, manifest: Manifest) {
    this.#store = store;
    this.#manifest = manifest;
  }

  tables({ signal }: StoreOptions): Promise<IndexTables> {
    const { tables } = this.#manifest.index;
    const load = async (signal: AbortSignal): Promise<IndexTables> =>
      decodeIndexTables(tables.key, await readWhole(this.#store, tables, { signal }));
    return this.#tables.get("", 0, load, signal);
  }

  /** Live blocks by number. */
  all({ signal }: StoreOptions): Promise<(BlockInfo | undefined)[]> {
    return this.#blocks.get("", 0, (signal) => this.#load({ signal }), signal);
  }

  async find(id: string, options: StoreOptions): Promise<BlockInfo | undefined> {
    const blocks = await this.all(options);
    this.#byId ??= new Map(blocks.flatMap((block) => (block ? [[block.id, block]] : [])));
    return this.#byId.get(id);
  }

  async commit(id: string, { signal }: StoreOptions): Promise<Commit> {
    const bytes = await this.#store.get(commitKey(id), { signal });
    if (!bytes) throw gone(commitKey(id));
    return decodeCommit(id, bytes);
  }

  async #load(options: StoreOptions): Promise<(BlockInfo | undefined)[]> {
    const { blocks: table } = await this.tables(options);
    const columns = blockColumns(this.#manifest.schema.axes);
    const axes = this.#manifest.schema.axes.length;
    const groups = await mapConcurrent(
      table.groups.offset.keys(),
      16,
      (at, _, signal) => readGroup(this.#store, columns, table, at, { signal }),
      options,
    );
    const blocks: (BlockInfo | undefined)[] = [];
    for (const group of groups) decodeBlocks(group, axes, blocks);
    return blocks;
  }
}

/** Columns before the boxes, in the order of `blockColumns`. */
const fixed = 8;

function decodeBlocks(group: RowGroup, axes: number, into: (BlockInfo | undefined)[]): void {
  const { rows } = group;
  const ids = group.strings(0, 0, rows);
  const commits = group.strings(2, 0, rows);
  const live = new Uint8Array(rows);
  group.numbers(1, 0, rows, live);
  const [numbers, pairs] = [3, 5].map((column) => {
    const values = new Uint32Array(rows);
    group.numbers(column, 0, rows, values);
    return values;
  }) as [Uint32Array, Uint32Array];
  const points = new BigUint64Array(rows);
  group.numbers(6, 0, rows, points);
  const corners = new Float64Array(rows * axes * 2);
  for (let axis = 0; axis < axes * 2; axis++) {
    group.numbers(fixed + axis, 0, rows, corners, axis, axes * 2);
  }
  for (let row = 0; row < rows; row++) {
    const number = into.length;
    if (live[row] === 0) {
      into.push(undefined);
      continue;
    }
    const block: BlockInfo = {
      id: ids[row] as string,
      number,
      pairs: pairs[row] as number,
      points: Number(points[row]),
      commit: commits[row] as string,
      numberInCommit: numbers[row] as number,
    };
    if (block.points > 0) {
      const box = corners.subarray(row * axes * 2, (row + 1) * axes * 2);
      block.min = Array.from(box.subarray(0, axes));
      block.max = Array.from(box.subarray(axes));
    }
    into.push(block);
  }
}
