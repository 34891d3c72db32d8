import { join } from "node:path";
import { type Fence, leafColumns } from "@pocaduck/format";
import { IndexError } from "../errors.ts";
import { type LeafRows, leafLength } from "./leaf-rows.ts";
import type { RowGroupTable } from "./row-groups.ts";
import { TableFile } from "./table-file.ts";

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

  /** @throws {IndexError} `corrupt` when a row lies outside every row group. */
  write(leaf: LeafRows): void {
    const { length, runs } = leaf;
    const [first, last] = this.#bounds(leaf);
    const groups = this.#numberGroups(leaf);
    const file = this.#open();
    const pointer = file.write(length, [
      { values: runs.labels, counts: runs.counts, length: runs.length },
      leaf.blocks,
      { ids: this.#objectIds, texts: this.#rowGroups.objectTexts, length },
      { ids: this.#groupIds, texts: groups, length },
      leaf.firstRows,
      leaf.rows,
    ]);
    const continued = this.#last === first;
    this.fences.push({ ...pointer, first, continued, file: this.#paths.length - 1 });
    this.#last = last;
    if (file.size >= fileSize) {
      file.close();
      this.#file = undefined;
    }
  }

  /** The files' paths. */
  finish(): string[] {
    this.#file?.close();
    return this.#paths;
  }

  /** First and last label; lookups rest on their order, so it is checked here rather than trusted. */
  #bounds({ runs }: LeafRows): [bigint, bigint] {
    const labels = runs.labels.subarray(0, runs.length);
    const sorted = labels.every((label, run) => run === 0 || label > (labels[run - 1] as bigint));
    const [first, last] = [labels[0] as bigint, labels.at(-1) as bigint];
    if (!sorted || (this.#last !== undefined && first < this.#last)) {
      throw new IndexError("build-failed", "the sorted rows came out of order");
    }
    return [first, last];
  }

  /** The leaf's own numbering of the row groups it points to. */
  #numberGroups({ length, groups, firstRows, rows }: LeafRows): Uint8Array[] {
    const table = this.#rowGroups;
    const ids = new Map<number, number>();
    const texts: Uint8Array[] = [];
    let last = -1;
    for (let row = 0; row < length; row++) {
      const group = groups[row] as number;
      const end = (firstRows[row] as number) + (rows[row] as number);
      if (group >= table.length || end > table.rows(group)) {
        throw new IndexError("corrupt", `an extent ends at row ${end} of row group ${group}`);
      }
      if (group === last) {
        this.#groupIds[row] = this.#groupIds[row - 1] as number;
        this.#objectIds[row] = this.#objectIds[row - 1] as number;
        continue;
      }
      last = group;
      let id = ids.get(group);
      if (id === undefined) {
        id = texts.length;
        ids.set(group, id);
        texts.push(table.encoded(group));
      }
      this.#groupIds[row] = id;
      this.#objectIds[row] = table.object(group);
    }
    return texts;
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
