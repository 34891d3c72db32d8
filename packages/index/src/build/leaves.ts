import { join } from "node:path";
import { type Fence, leafColumns } from "@pocaduck/format";
import { IndexError } from "../errors.ts";
import { type LeafRows, leafLength } from "./leaf-rows.ts";
import type { RowGroupTable } from "./row-groups.ts";
import { TableFile } from "./table-file.ts";

/**
 * Estimated bytes at which a leaf closes before it is full, and what goes into the estimate. It matters for commits of
 * a few blocks, where a leaf points to thousands of objects; otherwise a full leaf is some 50 KB.
 */
const leafSize = 64_000;
const rowSize = 4;
const groupSize = 12;
const objectSize = 28;
/** Bytes at which a `labels` file is closed and another begun. */
const fileSize = 512 << 20;

/** Writes leaves, each of which can be read on its own. */
export class LeafWriter {
  readonly fences: Fence[] = [];
  readonly #directory: string;
  readonly #rowGroups: RowGroupTable;
  readonly #paths: string[] = [];
  readonly #objectIds = new Int32Array(leafLength);
  readonly #groupIds = new Int32Array(leafLength);
  #file: TableFile | undefined;
  #last: bigint | undefined;

  constructor(directory: string, rowGroups: RowGroupTable) {
    this.#directory = directory;
    this.#rowGroups = rowGroups;
  }

  /**
   * Writes rows from the first on, up to where a leaf has to end, which it returns.
   * @throws {IndexError} `corrupt` when a row lies outside every row group.
   */
  write(rows: LeafRows): number {
    const { end, groups } = this.#numberGroups(rows);
    const [first, last] = this.#findRuns(rows, end);
    const file = this.#open();
    const pointer = file.write(end, [
      { values: rows.runs.labels, counts: rows.runs.counts, length: rows.runs.length },
      rows.blocks,
      { ids: this.#objectIds, texts: this.#rowGroups.objectTexts, length: end },
      { ids: this.#groupIds, texts: groups, length: end },
      rows.firstRows,
      rows.rows,
    ]);
    const continued = this.#last === first;
    this.fences.push({ ...pointer, first, continued, file: this.#paths.length - 1 });
    this.#last = last;
    if (file.size >= fileSize) {
      file.close();
      this.#file = undefined;
    }
    return end;
  }

  /** The files' paths. */
  finish(): string[] {
    this.#file?.close();
    return this.#paths;
  }

  /** First and last label; lookups rest on their order, so it is checked here rather than trusted. */
  #findRuns({ runs, labels: all }: LeafRows, end: number): [bigint, bigint] {
    runs.find(all, end);
    const labels = runs.labels.subarray(0, runs.length);
    const sorted = labels.every((label, run) => run === 0 || label > (labels[run - 1] as bigint));
    const [first, last] = [labels[0] as bigint, labels.at(-1) as bigint];
    if (!sorted || (this.#last !== undefined && first < this.#last)) {
      throw new IndexError("build-failed", "the sorted rows came out of order");
    }
    return [first, last];
  }

  /** Numbers the row groups that the rows point to, as far as one leaf can tell of them. */
  #numberGroups(rows: LeafRows): { end: number; groups: Uint8Array[] } {
    const table = this.#rowGroups;
    const ids = new Map<number, number>();
    const objects = new Set<number>();
    const groups: Uint8Array[] = [];
    let size = 0;
    let last = -1;
    let row = 0;
    for (; row < rows.length && size < leafSize; row++) {
      const group = rows.groups[row] as number;
      const end = (rows.firstRows[row] as number) + (rows.rows[row] as number);
      if (group >= table.length || end > table.rows(group)) {
        throw new IndexError("corrupt", `an extent ends at row ${end} of row group ${group}`);
      }
      size += rowSize;
      if (group === last) {
        this.#groupIds[row] = this.#groupIds[row - 1] as number;
        this.#objectIds[row] = this.#objectIds[row - 1] as number;
        continue;
      }
      last = group;
      const object = table.object(group);
      this.#objectIds[row] = object;
      let id = ids.get(group);
      if (id === undefined) {
        id = groups.length;
        ids.set(group, id);
        groups.push(table.encoded(group));
        size += groupSize;
        if (!objects.has(object)) size += objectSize;
        objects.add(object);
      }
      this.#groupIds[row] = id;
    }
    return { end: row, groups };
  }

  #open(): TableFile {
    if (!this.#file) {
      const path = join(this.#directory, `labels-${this.#paths.length}.parquet`);
      this.#paths.push(path);
      this.#file = new TableFile(path, leafColumns);
    }
    return this.#file;
  }
}
