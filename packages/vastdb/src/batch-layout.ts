import { type Data, DataType } from "apache-arrow";
import { truncateBitmap } from "apache-arrow/util/bit";
import { rebaseValueOffsets } from "apache-arrow/util/buffer";

/** The field nodes and buffers of columns, in the order and at the offsets of an Arrow body; nothing is copied. */
export class BatchLayout {
  readonly nodes: { length: number; nullCount: number }[] = [];
  readonly buffers: { offset: number; bytes: Uint8Array }[] = [];
  /** Of the body, padding included. */
  size = 0;

  constructor(columns: readonly Data[]) {
    for (const column of columns) this.#column(column);
  }

  #column(column: Data): void {
    const { type, length, nullCount, offset, nullBitmap, values, valueOffsets, children } = column;
    this.nodes.push({ length, nullCount });
    this.#buffer(nullCount > 0 ? bits(offset, length, nullBitmap) : new Uint8Array());
    if (DataType.isStruct(type)) {
      for (const child of children) this.#column(child);
    } else if (DataType.isBool(type)) this.#buffer(bits(offset, length, values));
    else if (valueOffsets) {
      const [start, end] = [Number(valueOffsets[0]), Number(valueOffsets[length])];
      this.#buffer(rebaseValueOffsets(-start, length + 1, valueOffsets));
      const [child] = children;
      if (child) this.#column(child.slice(start, end - start));
      else this.#buffer(values.subarray(start, end));
    } else this.#buffer(values.subarray(0, length * column.stride));
  }

  #buffer({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.buffers.push({ offset: this.size, bytes });
    this.size += Math.ceil(byteLength / 8) * 8;
  }
}

/** Bits from `offset`, in as many bytes as they need. */
function bits(offset: number, length: number, bitmap: Uint8Array): Uint8Array {
  return truncateBitmap(offset, length, bitmap).subarray(0, Math.ceil(length / 8));
}
