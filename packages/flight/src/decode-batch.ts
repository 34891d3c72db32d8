import {
  type Data,
  DataType,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Vector,
} from "apache-arrow";
import {
  type BufferRegion,
  type RecordBatch as Header,
  Message,
} from "apache-arrow/ipc/metadata/message";
import { VectorLoader } from "apache-arrow/visitor/vectorloader";
import { assertCounts } from "./assert-counts.ts";
import { FlightError } from "./errors.ts";

const empty = new Uint8Array(0);

/** Reads the Arrow messages of one stream, which share a schema and dictionaries. */
export class BatchDecoder {
  schema: Schema | undefined;
  readonly #dictionaries = new Map<number, Vector>();

  /**
   * The record batch of a message, or nothing when it was a schema or a dictionary. Byte columns are views of
   * `body`; other columns are copied where the body's alignment does not suit them.
   * @throws {FlightError} `corrupt`, or `unsupported` for compressed bodies.
   */
  decode(header: Uint8Array, body: Uint8Array = empty): RecordBatch | undefined {
    try {
      return this.#decode(header, body);
    } catch (error) {
      if (error instanceof FlightError) throw error;
      throw new FlightError("corrupt", "arrow message: cannot be decoded", { cause: error });
    }
  }

  #decode(header: Uint8Array, body: Uint8Array): RecordBatch | undefined {
    assertCounts(header);
    const message = Message.decode(header);
    if (message.isSchema()) {
      if (this.schema) throw new FlightError("corrupt", "arrow stream: a second schema");
      this.schema = message.header();
      return undefined;
    }
    const { schema } = this;
    if (!schema) throw new FlightError("corrupt", "arrow stream: a batch before the schema");
    if (message.isDictionaryBatch()) {
      const { id, isDelta, data } = message.header();
      const type = schema.dictionaries.get(id);
      if (!type) throw new FlightError("corrupt", `arrow stream: unknown dictionary ${id}`);
      const values = new Vector(this.#load(data, body, [type]));
      const before = isDelta ? this.#dictionaries.get(id) : undefined;
      this.#dictionaries.set(id, before ? before.concat(values) : values);
      return undefined;
    }
    if (!message.isRecordBatch()) {
      throw new FlightError("unsupported", `arrow message of type ${message.headerType}`);
    }
    const batch = message.header();
    const types = schema.fields.map((field) => field.type);
    const children = this.#load(batch, body, types);
    for (const [index, child] of children.entries()) {
      if (child.length !== batch.length) {
        const field = schema.fields[index]?.name;
        throw new FlightError(
          "corrupt",
          `arrow batch: "${field}" has ${child.length} rows of ${batch.length}`,
        );
      }
    }
    const data = makeData({ type: new Struct(schema.fields), length: batch.length, children });
    return new RecordBatch(schema, data, message.metadata);
  }

  #load(header: Header, body: Uint8Array, types: DataType[]): Data[] {
    if (header.compression) {
      throw new FlightError("unsupported", "arrow batch: a compressed body; send it uncompressed");
    }
    for (const { offset, length } of header.buffers) {
      if (offset < 0 || length < 0 || offset + length > body.byteLength) {
        throw new FlightError(
          "corrupt",
          `arrow batch: a buffer ends at ${offset + length}, the body at ${body.byteLength}`,
        );
      }
    }
    const { nodes, buffers, variadicBufferCounts } = header;
    const loader = new AligningLoader(
      body,
      nodes,
      buffers,
      this.#dictionaries,
      undefined,
      variadicBufferCounts,
    );
    const columns = loader.visitMany(types);
    for (const column of columns) assertWithin(column);
    return columns;
  }
}

/** The schema inside FlightInfo and SchemaResult: mark, length, message; some writers leave the mark out. */
export function decodeEncapsulatedSchema(bytes: Uint8Array): Schema {
  const decoder = new BatchDecoder();
  if (bytes.byteLength >= 8) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const marked = view.getUint32(0, true) === 0xffffffff;
    const start = marked ? 8 : 4;
    decoder.decode(bytes.subarray(start, start + view.getUint32(marked ? 4 : 0, true)));
  }
  if (!decoder.schema) throw new FlightError("corrupt", `a schema in ${bytes.byteLength} bytes`);
  return decoder.schema;
}

/** A body starts anywhere in its message; typed arrays do not. */
class AligningLoader extends VectorLoader {
  protected override readData<T extends DataType>(
    type: T,
    region: BufferRegion = this.nextBufferRange(),
  ): Uint8Array {
    const bytes = super.readData(type, region);
    const isBytes = DataType.isBinary(type) || DataType.isUtf8(type);
    return isBytes ? bytes : aligned(bytes);
  }

  protected override readOffsets<T extends DataType>(type: T, region?: BufferRegion): Uint8Array {
    return aligned(super.readData(type, region));
  }
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

/** A reader trusts lengths and offsets once it has them, so they are checked here against what arrived. */
function assertWithin(data: Data): void {
  if (DataType.isNull(data.type)) return;
  const { length, type, valueOffsets, values, children, stride } = data;
  const elements = values?.length ?? children[0]?.length ?? 0;
  if (length < 0) throw new FlightError("corrupt", `arrow batch: ${length} rows`);
  if (data.nullCount > 0 && data.nullBitmap.byteLength * 8 < length) {
    throw new FlightError("corrupt", `arrow batch: validity of ${type} is shorter than its rows`);
  }
  if (valueOffsets && !DataType.isUnion(type)) {
    let previous: number | bigint = 0;
    for (let row = 0; row <= length && length > 0; row++) {
      const offset: number | bigint | undefined = valueOffsets[row];
      if (offset === undefined || offset < previous || offset > elements) {
        throw new FlightError("corrupt", `arrow batch: offset ${row} of ${type} is ${offset}`);
      }
      previous = offset;
    }
  } else if (values) {
    const needed = DataType.isBool(type) ? Math.ceil(length / 8) : length * stride;
    if (values.length < needed) {
      throw new FlightError(
        "corrupt",
        `arrow batch: ${values.length} values of ${needed}: ${type}`,
      );
    }
  }
  for (const child of children) assertWithin(child);
}
