import {
  decodeGroupPointer,
  FormatError,
  type GroupPointer,
  leafColumns,
  type RowGroup,
} from "@pocaduck/format";

/** One row of the index: rows `[firstRow, firstRow + rows)` of a row group are a label's in a block. */
export interface Extent {
  /** Number of the block in the version's `blocks.parquet`. */
  block: number;
  object: string;
  pointer: GroupPointer;
  firstRow: number;
  rows: number;
}

const column = (name: string): number => leafColumns.findIndex((each) => each.name === name);
const objectPattern = /^points\/[0-9a-f]{2}\/[0-9a-f-]{36}\.parquet$/;

/** A leaf of the index, decoded. */
export class Leaf {
  /** Distinct labels, ascending, and where the rows of each start. */
  readonly #labels: BigUint64Array;
  readonly #starts: Int32Array;
  readonly #blocks: Uint32Array;
  readonly #firstRows: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #objects: string[];
  readonly #objectIds: Int32Array;
  readonly #pointers: GroupPointer[];
  readonly #pointerIds: Int32Array;

  /** @throws {FormatError} `corrupt` when the index points outside the dataset's points. */
  constructor(group: RowGroup, key: string) {
    const { rows } = group;
    this.#labels = group.dictionary64(column("label"));
    this.#starts = startsOf(group, this.#labels.length, key);
    [this.#blocks, this.#firstRows, this.#rows] = ["block", "first_row", "rows"].map((name) => {
      const values = new Uint32Array(rows);
      group.numbers(column(name), 0, rows, values);
      return values;
    }) as [Uint32Array, Uint32Array, Uint32Array];
    const decoder = new TextDecoder();
    this.#objects = group.dictionaryTexts(column("object")).map((text) => decoder.decode(text));
    const stray = this.#objects.find((object) => !objectPattern.test(object));
    if (stray !== undefined) {
      throw new FormatError("corrupt", key, `points to ${JSON.stringify(stray)}`);
    }
    this.#objectIds = spread(group, column("object"));
    this.#pointers = group.dictionaryTexts(column("group")).map(decodeGroupPointer);
    this.#pointerIds = spread(group, column("group"));
  }

  /** The extents of `label`, in the order of the index: by block number. */
  find(label: bigint): Extent[] {
    let low = 0;
    let high = this.#labels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#labels[middle] as bigint) < label) low = middle + 1;
      else high = middle;
    }
    if (this.#labels[low] !== label) return [];
    const extents: Extent[] = [];
    const end = this.#starts[low + 1] as number;
    for (let row = this.#starts[low] as number; row < end; row++) {
      extents.push({
        block: this.#blocks[row] as number,
        object: this.#objects[this.#objectIds[row] as number] as string,
        pointer: this.#pointers[this.#pointerIds[row] as number] as GroupPointer,
        firstRow: this.#firstRows[row] as number,
        rows: this.#rows[row] as number,
      });
    }
    return extents;
  }
}

function startsOf(group: RowGroup, labels: number, key: string): Int32Array {
  const { entries, counts, length } = group.runs(column("label"), 0, group.rows);
  const starts = new Int32Array(labels + 1).fill(group.rows);
  let row = 0;
  for (let run = 0; run < length; run++) {
    const entry = entries[run] as number;
    if (run > 0 && entry < (entries[run - 1] as number)) {
      throw new FormatError("corrupt", key, "has labels out of order");
    }
    starts[entry] = Math.min(starts[entry] as number, row);
    row += counts[run] as number;
  }
  return starts;
}

function spread(group: RowGroup, at: number): Int32Array {
  const { entries, counts, length } = group.runs(at, 0, group.rows);
  const ids = new Int32Array(group.rows);
  let row = 0;
  for (let run = 0; run < length; run++) {
    const end = row + (counts[run] as number);
    ids.fill(entries[run] as number, row, end);
    row = end;
  }
  return ids;
}
