import { type Data, DataType, type RecordBatch } from "apache-arrow";
import { batchStream } from "./arrow-message.ts";
import { BatchLayout } from "./batch-layout.ts";
import { defaultCellSize } from "./cells.ts";
import { VastError } from "./errors.ts";

export type SliceLimits = {
  /** Of a request body; 0.9 of 5 MiB by default, as Python's client has it. */
  maxBodySize?: number;
  /** 524,288 by default. */
  maxRows?: number;
  /** 129,024 bytes by default. */
  maxCellSize?: number;
};

export type Slice = { body: Uint8Array; rows: number };

/** An Arrow stream's own bytes per message are few; this is far more than the header of 40 columns takes. */
const headerSize = 64 << 10;

/**
 * Request bodies, each an Arrow stream of exactly one batch, as large as the limits allow. A batch of no rows has
 * no slice.
 * @throws {VastError} `too-large` for a cell or a row that no request can carry.
 */
export function* slices(batch: RecordBatch, limits: SliceLimits = {}): Generator<Slice> {
  const { maxBodySize = 4_718_592, maxRows = 524_288, maxCellSize = defaultCellSize } = limits;
  for (const [index, column] of batch.data.children.entries()) {
    assertCells(batch.schema.fields[index]?.name ?? "", column, maxCellSize);
  }
  for (let start = 0; start < batch.numRows; ) {
    let rows = fittingRows(batch, start, maxRows, maxBodySize - headerSize);
    let body = batchStream(batch.slice(start, start + rows));
    // The estimate leaves out the header, which could only matter to a schema of enormous names.
    while (body.byteLength > maxBodySize && rows > 1) {
      rows = Math.ceil(rows / 2);
      body = batchStream(batch.slice(start, start + rows));
    }
    if (body.byteLength > maxBodySize) {
      const reason = `row ${start} makes a request of ${body.byteLength} bytes, the limit is ${maxBodySize}`;
      throw new VastError("too-large", reason);
    }
    yield { body, rows };
    start += rows;
  }
}

/** The most rows whose values fit, by bisection; at least one, which the caller measures. */
function fittingRows(batch: RecordBatch, start: number, maxRows: number, size: number): number {
  const left = Math.min(batch.numRows - start, maxRows);
  const fits = (rows: number) =>
    new BatchLayout(batch.slice(start, start + rows).data.children).size <= size;
  if (fits(left)) return left;
  let [low, high] = [1, left];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function assertCells(name: string, column: Data, maxCellSize: number): void {
  const { type, length, valueOffsets } = column;
  if (DataType.isDictionary(type)) {
    throw new TypeError(`Expected column "${name}" without a dictionary, got ${type}`);
  }
  if (!valueOffsets && !column.children.length) return;
  for (let row = 0; row < length; row++) {
    const size = cellSize(column, row);
    if (size > maxCellSize) {
      const reason = `column "${name}", row ${row}: a cell of ${size} bytes, the limit is ${maxCellSize}`;
      throw new VastError("too-large", reason);
    }
  }
}

function cellSize(column: Data, row: number): number {
  const { type, valueOffsets, children } = column;
  const [child] = children;
  const flat = child && !child.valueOffsets && child.children.length === 0;
  if (valueOffsets && (!child || (DataType.isList(type) && flat))) {
    const count = Number(valueOffsets[row + 1]) - Number(valueOffsets[row]);
    return child ? count * (child.values?.BYTES_PER_ELEMENT ?? 1) * child.stride : count;
  }
  return new BatchLayout([column.slice(row, 1)]).size;
}
