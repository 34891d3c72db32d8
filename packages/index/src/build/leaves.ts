import { join } from "node:path";
import { type Fence, leafColumns } from "@pocaduck/format";
import type { RowGroupTable } from "./row-groups.ts";
import { TableFile } from "./table-file.ts";

/** Rows of a leaf: some 50 KB. */
const leafRows = 8192;
/** Bytes at which a `labels` file is closed and another begun. */
const fileSize = 512 << 20;

/** Sorted rows of the index, column by column. */
export interface ExtentRows {
  length: number;
  labels: BigUint64Array;
  blocks: Uint32Array;
  groups: Uint32Array;
  firstRows: Uint32Array;
  rows: Uint32Array;
}

/** Writes the label-sorted pairs as leaves, each of which can be read on its own. */
export class LeafWriter {
  readonly fences: Fence[] = [];
  readonly #directory: string;
  readonly #rowGroups: RowGroupTable;
  readonly #paths: string[] = [];
  readonly #labels = new BigUint64Array(leafRows);
  readonly #blocks = new Uint32Array(leafRows);
  readonly #groups = new Uint32Array(leafRows);
  readonly #firstRows = new Uint32Array(leafRows);
  readonly #rows = new Uint32Array(leafRows);
  readonly #objectIds = new Int32Array(leafRows);
  readonly #groupIds = new Int32Array(leafRows);
  #length = 0;
  #file: TableFile | undefined;
  #last: bigint | undefined;

  constructor(directory: string, rowGroups: RowGroupTable) {
    this.#directory = directory;
    this.#rowGroups = rowGroups;
  }

  /** Throws unless rows keep coming in label order. */
  add(rows: ExtentRows): void {
    for (let start = 0; start < rows.length; ) {
      const end = Math.min(rows.length, start + leafRows - this.#length);
      this.#labels.set(rows.labels.subarray(start, end), this.#length);
      this.#blocks.set(rows.blocks.subarray(start, end), this.#length);
      this.#groups.set(rows.groups.subarray(start, end), this.#length);
      this.#firstRows.set(rows.firstRows.subarray(start, end), this.#length);
      this.#rows.set(rows.rows.subarray(start, end), this.#length);
      this.#length += end - start;
      start = end;
      if (this.#length === leafRows) this.#close();
    }
  }

  /** The files' paths. */
  finish(): string[] {
    if (this.#length > 0) this.#close();
    this.#file?.close();
    return this.#paths;
  }

  #close(): void {
    const length = this.#length;
    const first = this.#labels[0] as bigint;
    const last = this.#labels[length - 1] as bigint;
    if ((this.#last !== undefined && first < this.#last) || last < first) {
      throw new Error("the index's rows came out of order");
    }
    const objects = this.#rowGroups.objectTexts;
    const groups = this.#numberGroups(length);
    const file = this.#open();
    const pointer = file.write(length, [
      this.#labels,
      this.#blocks,
      { ids: this.#objectIds, texts: objects, length },
      { ids: this.#groupIds, texts: groups, length },
      this.#firstRows,
      this.#rows,
    ]);
    const continued = this.#last === first;
    this.fences.push({ ...pointer, first, continued, file: this.#paths.length - 1 });
    this.#last = last;
    this.#length = 0;
    if (file.size >= fileSize) {
      file.close();
      this.#file = undefined;
    }
  }

  /** The leaf's own numbering of the row groups it points to. */
  #numberGroups(length: number): Uint8Array[] {
    const ids = new Map<number, number>();
    const texts: Uint8Array[] = [];
    for (let row = 0; row < length; row++) {
      const group = this.#groups[row] as number;
      let id = ids.get(group);
      if (id === undefined) {
        id = texts.length;
        ids.set(group, id);
        texts.push(this.#rowGroups.encoded(group));
      }
      this.#groupIds[row] = id;
      this.#objectIds[row] = this.#rowGroups.object(group);
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
