import { constants, zstdCompressSync } from "node:zlib";
import { DataType, type Field, type RecordBatch, type Schema } from "apache-arrow";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

type ParquetSchema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
type Column = Parameters<ParquetWriter["write"]>[0]["columnData"][number];

// Without the logical type, whose bit width the library writes as a number of 32 bits: pyarrow refuses that footer.
const uint64 = { type: "INT64", converted_type: "UINT_64" } as const;
const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };

/** Bytes of values from which on a row group ends. */
const groupSize = 16 * 2 ** 20;
/** Bytes of a page, for readers of single blocks: some ten of them. */
const pageSize = 2 ** 18;

/**
 * The bytes of a Parquet file, a row group at a time. Byte columns stay as they are, for they hold what zstd packed;
 * the others are packed here.
 */
export async function* parquetFile(
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: parquetSchema(schema),
    codec: "ZSTD",
    compressors: { ZSTD: (raw) => zstdCompressSync(raw, { params }) },
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: "pocaduck",
  });
  const take = (): Uint8Array => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  let held: RecordBatch[] = [];
  let size = 0;
  for await (const batch of batches) {
    if (batch.numRows === 0) continue;
    held.push(batch);
    size += batch.data.byteLength;
    if (size < groupSize) continue;
    writeGroup(parquet, schema, held);
    held = [];
    size = 0;
    yield take();
  }
  if (held.length > 0) writeGroup(parquet, schema, held);
  parquet.finish();
  yield take();
}

function writeGroup(parquet: ParquetWriter, schema: Schema, batches: readonly RecordBatch[]): void {
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  const columnData = schema.fields.map((field, index) => {
    const data: unknown[] = [];
    for (const batch of batches) for (const cell of cells(batch, index)) data.push(cell);
    return { name: field.name, data, ...written(field) } as Column;
  });
  parquet.write({ columnData, rowGroupSize: rows, pageSize });
}

function* cells(batch: RecordBatch, index: number): Generator<unknown> {
  const vector = batch.getChildAt(index);
  for (const cell of vector ?? []) {
    // A list comes as a vector of its own.
    yield cell && typeof cell === "object" && "toArray" in cell ? Array.from(cell) : cell;
  }
}

/** Packed bytes have neither order nor repeats: no statistics, no dictionary, no second packing. */
function written({ type }: Field): Omit<Column, "name" | "data"> {
  if (!DataType.isBinary(type)) return {};
  return { encoding: "PLAIN", codec: "UNCOMPRESSED", statistics: false };
}

function parquetSchema({ fields }: Schema): ParquetSchema {
  return [{ name: "schema", num_children: fields.length }, ...fields.flatMap(elements)];
}

function elements({ name, type, nullable }: Field): ParquetSchema {
  const repetition_type = nullable ? "OPTIONAL" : "REQUIRED";
  if (DataType.isList(type)) {
    const list = { converted_type: "LIST", logical_type: { type: "LIST" } } as const;
    return [
      { name, repetition_type, num_children: 1, ...list },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "REQUIRED", ...uint64 },
    ];
  }
  if (DataType.isBinary(type)) return [{ name, repetition_type, type: "BYTE_ARRAY" }];
  if (DataType.isUtf8(type)) {
    return [{ name, repetition_type, type: "BYTE_ARRAY", converted_type: "UTF8" }];
  }
  if (!DataType.isInt(type)) throw new TypeError(`Expected integers, bytes or lists, got ${type}`);
  if (type.bitWidth === 64) return [{ name, repetition_type, ...uint64 }];
  const converted = type.isSigned ? {} : ({ converted_type: "UINT_32" } as const);
  return [{ name, repetition_type, type: "INT32", ...converted }];
}
