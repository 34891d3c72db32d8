import { Builder, ByteBuffer, Encoding } from "flatbuffers";
import { VastError } from "./errors.ts";

export type S3File = { bucket: string; key: string };

/** What a listing tells of a table. */
export type TableInfo = { name: string; handle: string; numRows: bigint; size: bigint };

/** Field n of a table lies at vtable offset 4 + 2n. */
const slot = (field: number) => 4 + 2 * field;

/** `CreateSchemaRequest { properties: string }` */
export function encodeCreateSchema(): Uint8Array {
  const builder = new Builder(64);
  const properties = builder.createString("");
  builder.startObject(1);
  builder.addFieldOffset(0, properties, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

/** `ImportDataRequest { s3_files: [S3File], key_names: [KeyName] }`, in the order in which Python's client builds it. */
export function encodeImport(files: readonly S3File[]): Uint8Array {
  const builder = new Builder(1024);
  const offsets = files.map(({ bucket, key }) => {
    const format = builder.createString("parquet");
    const bucketName = builder.createString(bucket);
    const fileName = builder.createString(key);
    // Python's client writes the partitions of each file even where nothing refers to them.
    builder.startVector(1, 0, 1);
    builder.endVector();
    builder.startObject(4);
    builder.addFieldOffset(0, format, 0);
    builder.addFieldOffset(1, bucketName, 0);
    builder.addFieldOffset(2, fileName, 0);
    return builder.endObject();
  });
  const s3Files = vectorOf(builder, offsets);
  const keyNames = vectorOf(builder, []);
  builder.startObject(2);
  builder.addFieldOffset(0, s3Files, 0);
  builder.addFieldOffset(1, keyNames, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

/** Names in `ListSchemasResponse { bucket_name, schemas: [ObjectDetails] }`. */
export function decodeSchemaList(bytes: Uint8Array): string[] {
  return guarded("a list of schemas", () => objects(bytes, 1).map(({ name }) => name));
}

/** `ListTablesResponse { bucket_name, schema_name, tables: [ObjectDetails] }` */
export function decodeTableList(bytes: Uint8Array): TableInfo[] {
  return guarded("a list of tables", () => objects(bytes, 2));
}

/** `ObjectDetails { name, properties, handle, num_rows: u64, size_in_bytes: u64, … }` */
function objects(bytes: Uint8Array, field: number): TableInfo[] {
  const buffer = new ByteBuffer(bytes);
  const root = buffer.readInt32(0);
  const vtable = root - buffer.readInt32(root);
  // Past the end this reader sees zeros, so that nothing would pass for an empty list.
  if (root < 4 || root > bytes.byteLength - 4 || vtable < 4 || vtable > bytes.byteLength - 4) {
    throw new RangeError(`a root at ${root} of ${bytes.byteLength} bytes`);
  }
  const list = buffer.__offset(root, slot(field));
  if (list === 0) return [];
  const count = buffer.__vector_len(root + list);
  if (count < 0 || count * 4 > bytes.byteLength) throw new RangeError(`${count} entries`);
  const start = buffer.__vector(root + list);
  return Array.from({ length: count }, (_, index) => {
    const at = buffer.__indirect(start + 4 * index);
    return {
      name: text(buffer, at, 0),
      handle: text(buffer, at, 2),
      numRows: uint64(buffer, at, 3),
      size: uint64(buffer, at, 4),
    };
  });
}

function text(buffer: ByteBuffer, table: number, field: number): string {
  const offset = buffer.__offset(table, slot(field));
  return offset === 0 ? "" : String(buffer.__string(table + offset, Encoding.UTF16_STRING));
}

function uint64(buffer: ByteBuffer, table: number, field: number): bigint {
  const offset = buffer.__offset(table, slot(field));
  return offset === 0 ? 0n : buffer.readUint64(table + offset);
}

function vectorOf(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}

function guarded<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new VastError("corrupt", `${what}: cannot be decoded`, { cause });
  }
}
