import { createHash, type Hash } from "node:crypto";
import type { ScatterBatch, ScatterColumn } from "@pocaduck/flight";
import { type Data, DataType, type RecordBatch } from "apache-arrow";

interface ColumnHash {
  lengths: Hash;
  values: Hash;
}

/**
 * A digest of rows in their order, whatever batches they come in: of each column the values and the lengths of the
 * cells, so that both ends of a stream can tell whether they saw the same.
 */
export class RowDigest {
  readonly #columns: ColumnHash[] = [];
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  add({ length, columns }: ScatterBatch): void {
    this.#rows += length;
    for (const [index, column] of columns.entries()) addCells(this.#column(index), column);
  }

  addArrow({ data, numRows }: RecordBatch): void {
    this.#rows += numRows;
    for (const [index, column] of data.children.entries()) addData(this.#column(index), column);
  }

  /** 32 hex digits. */
  digest(): string {
    const whole = createHash("sha256");
    for (const { lengths, values } of this.#columns) {
      whole.update(lengths.copy().digest()).update(values.copy().digest());
    }
    return whole.digest("hex").slice(0, 32);
  }

  #column(index: number): ColumnHash {
    const column = this.#columns[index];
    if (column) return column;
    const made = { lengths: createHash("sha256"), values: createHash("sha256") };
    this.#columns[index] = made;
    return made;
  }
}

function addCells({ lengths, values }: ColumnHash, column: ScatterColumn): void {
  if (ArrayBuffer.isView(column)) {
    values.update(column);
    return;
  }
  if (!Array.isArray(column)) throw new TypeError("Expected columns of typed arrays");
  lengths.update(Int32Array.from(column, (cell) => cell?.byteLength ?? -1));
  for (const cell of column) if (cell) values.update(cell);
}

function addData({ lengths, values }: ColumnHash, data: Data): void {
  const { length, valueOffsets } = data;
  const isList = DataType.isList(data.type);
  if (!isList && !DataType.isBinary(data.type)) {
    values.update(data.values.subarray(0, length));
    return;
  }
  const cells = isList ? data.children[0]?.values : data.values;
  const size: number = cells.BYTES_PER_ELEMENT;
  const bytes = (row: number): number =>
    data.getValid(row) ? size * (valueOffsets[row + 1] - valueOffsets[row]) : -1;
  lengths.update(Int32Array.from({ length }, (_, row) => bytes(row)));
  values.update(cells.subarray(valueOffsets[0], valueOffsets[length]));
}
