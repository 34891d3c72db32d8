import { Data, DataType, type Field, RecordBatch, type Schema, Vector } from "apache-arrow";
import {
  BufferRegion,
  FieldNode,
  RecordBatch as Header,
  Message,
} from "apache-arrow/ipc/metadata/message";
import { VectorAssembler } from "apache-arrow/visitor/vectorassembler";
import type { FixedWidthArray, FlightBatch, ScatterColumn } from "./batch.ts";
import { assertColumns, batchLength } from "./batch.ts";

export type EncodedBatch = { header: Uint8Array; body: readonly Uint8Array[] };

const zeros = new Uint8Array(8);
const utf8 = new TextEncoder();

/** The bare flatbuffer that opens a stream. */
export function encodeSchema(schema: Schema): Uint8Array {
  return Message.encode(Message.from(schema));
}

/** With continuation mark and length, padded to 8: the form inside FlightInfo and SchemaResult. */
export function encapsulateSchema(schema: Schema): Uint8Array {
  const message = encodeSchema(schema);
  const size = Math.ceil(message.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setUint32(4, size, true);
  bytes.set(message, 8);
  return bytes;
}

/** Header and body parts of one record batch; the parts are the caller's own buffers wherever they can be. */
export function encodeBatch(schema: Schema, batch: FlightBatch): EncodedBatch {
  assertColumns(schema, batch);
  const layout = new Layout();
  if (batch instanceof RecordBatch) {
    for (const data of batch.data.children) layout.arrow(data);
  } else {
    for (const [index, field] of schema.fields.entries()) {
      const column = batch.columns[index];
      if (column === undefined) throw new TypeError(`Expected a column for "${field.name}"`);
      layout.column(field, column, batch.length);
    }
  }
  const length = batchLength(batch);
  const header = new Header(length, layout.nodes, layout.regions, null, layout.variadicCounts);
  return { header: Message.encode(Message.from(header, layout.size)), body: layout.parts };
}

class Layout {
  readonly nodes: FieldNode[] = [];
  readonly regions: BufferRegion[] = [];
  readonly parts: Uint8Array[] = [];
  readonly variadicCounts: number[] = [];
  size = 0;

  /** Any Arrow type, through the library's own assembler. */
  arrow(data: Data): void {
    if (hasDictionary(data.type)) {
      throw new TypeError(`Expected a column without a dictionary, got ${data.type}`);
    }
    const assembled = VectorAssembler.assemble(new Vector([data]));
    this.nodes.push(...assembled.nodes);
    this.variadicCounts.push(...assembled.variadicBufferCounts);
    for (const { buffer, byteOffset, byteLength } of assembled.buffers) {
      this.#buffer([new Uint8Array(buffer, byteOffset, byteLength)]);
    }
  }

  column(field: Field, column: ScatterColumn, length: number): void {
    const found = column.length;
    if (found !== length) {
      throw new RangeError(`Expected ${length} rows in "${field.name}", got ${found}`);
    }
    if (column instanceof Data) {
      if (String(column.type) !== String(field.type)) throw mismatch(field, String(column.type));
      this.arrow(column);
    } else if (ArrayBuffer.isView(column)) {
      this.#node(length, 0);
      this.#buffer([]);
      this.#buffer([values(field, field.type, column)]);
    } else this.#rows(field, column, length);
  }

  #rows(field: Field, rows: readonly (FixedWidthArray | string | null)[], length: number): void {
    const { element } = listOf(field);
    const offsets = new Int32Array(length + 1);
    const cells: Uint8Array[] = [];
    const validity = new Uint8Array(Math.ceil(length / 8));
    let end = 0;
    let nulls = 0;
    for (let row = 0; row < length; row++) {
      const cell = rows[row];
      if (cell === null || cell === undefined) nulls++;
      else {
        const isText = typeof cell === "string";
        const bytes = isText ? text(field, cell) : values(field, element ?? field.type, cell);
        validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
        end += isText ? bytes.byteLength : cell.length;
        if (bytes.byteLength > 0) cells.push(bytes);
      }
      if (end > 0x7fffffff) throw new RangeError(`Expected "${field.name}" to fit 2^31-1 values`);
      offsets[row + 1] = end;
    }
    if (nulls > 0 && !field.nullable) {
      throw new TypeError(`Expected no nulls in "${field.name}", got ${nulls}`);
    }
    this.#node(length, nulls);
    this.#buffer(nulls > 0 ? [validity] : []);
    this.#buffer([new Uint8Array(offsets.buffer)]);
    if (element) {
      this.#node(end, 0);
      this.#buffer([]);
    }
    this.#buffer(cells);
  }

  #node(length: number, nulls: number): void {
    this.nodes.push(new FieldNode(length, nulls));
  }

  /** One Arrow buffer of any number of parts. The padding is ours: a frame is not zeroed before it is filled. */
  #buffer(parts: readonly Uint8Array[]): void {
    const start = this.size;
    for (const part of parts) {
      this.parts.push(part);
      this.size += part.byteLength;
    }
    this.regions.push(new BufferRegion(start, this.size - start));
    const padding = -this.size & 7;
    if (padding > 0) this.parts.push(zeros.subarray(0, padding));
    this.size += padding;
  }
}

/** For a list column the type of its values, for `binary` and `utf8` nothing. */
function listOf(field: Field): { element?: DataType } {
  if (DataType.isBinary(field.type) || DataType.isUtf8(field.type)) return {};
  const element = DataType.isList(field.type) ? field.type.children[0]?.type : undefined;
  if (!element) throw mismatch(field, "one array per row");
  return { element };
}

function values(field: Field, type: DataType, array: FixedWidthArray): Uint8Array {
  const plain = DataType.isInt(type) || DataType.isFloat(type) || DataType.isTimestamp(type);
  const fits = DataType.isBinary(type)
    ? array instanceof Uint8Array
    : plain && array instanceof type.ArrayType;
  if (!fits) throw mismatch(field, array.constructor.name);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function text(field: Field, cell: string): Uint8Array {
  if (!DataType.isUtf8(field.type)) throw mismatch(field, "a string");
  return utf8.encode(cell);
}

function hasDictionary(type: DataType): boolean {
  return DataType.isDictionary(type) || type.children?.some(({ type }) => hasDictionary(type));
}

function mismatch(field: Field, got: string): TypeError {
  return new TypeError(`Expected column "${field.name}" to hold ${field.type}, got ${got}`);
}
