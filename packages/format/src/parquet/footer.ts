import type { Column } from "../column-type.ts";
import type { ChunkMeta } from "./chunk-encode.ts";
import { codecs, encodings, physicalTypes } from "./constants.ts";
import { ThriftWriter } from "./thrift.ts";

/** A row group as the footer tells of it. */
export interface GroupMeta {
  offset: number;
  size: number;
  rows: number;
  chunks: ChunkMeta[];
  /** Least and greatest value of the first column, plain, where it is sorted. */
  bounds?: [Uint8Array, Uint8Array];
}

const magic = new TextEncoder().encode("PAR1");

/** The end of a Parquet file: its metadata, the metadata's size, and the magic number. */
export function encodeFooter(
  columns: readonly Column[],
  groups: readonly GroupMeta[],
  createdBy: string,
): Uint8Array {
  const thrift = new ThriftWriter(1024 + groups.length * columns.length * 64);
  thrift.element(() => {
    thrift.i32(1, 2);
    thrift.structs(2, [undefined, ...columns], (column) => {
      if (!column) {
        thrift.string(4, "schema");
        thrift.i32(5, columns.length);
        return;
      }
      const { type, converted } = physicalTypes[column.type];
      thrift.i32(1, type);
      thrift.i32(3, 0);
      thrift.string(4, column.name);
      if (converted !== undefined) thrift.i32(6, converted);
    });
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    thrift.i64(3, rows);
    thrift.structs(4, groups, (group) => encodeGroup(thrift, columns, group));
    thrift.string(6, createdBy);
    // Readers distrust bounds of unsigned values unless their order is declared.
    thrift.structs(7, columns, () => thrift.struct(1, () => {}));
  });
  const { out } = thrift;
  const size = out.length;
  out.uint32(size);
  out.raw(magic);
  return out.take();
}

function encodeGroup(thrift: ThriftWriter, columns: readonly Column[], group: GroupMeta): void {
  const rawSize = group.chunks.reduce((sum, chunk) => sum + chunk.rawSize, 0);
  thrift.structs(1, columns, (column) => {
    const at = columns.indexOf(column);
    const chunk = group.chunks[at] as ChunkMeta;
    const { type, encoding } = physicalTypes[column.type];
    const dictionary = chunk.dictionaryOffset >= 0;
    thrift.i64(2, 0);
    thrift.struct(3, () => {
      thrift.i32(1, type);
      thrift.i32s(
        2,
        dictionary ? [encodings.plain, encodings.rle, encoding] : [encodings.rle, encoding],
      );
      thrift.strings(3, [column.name]);
      thrift.i32(4, chunk.compressed ? codecs.zstd : codecs.none);
      thrift.i64(5, group.rows);
      thrift.i64(6, chunk.rawSize);
      thrift.i64(7, chunk.size);
      thrift.i64(9, group.offset + chunk.dataOffset);
      if (dictionary) thrift.i64(11, group.offset + chunk.dictionaryOffset);
      if (at === 0 && group.bounds) {
        const [least, greatest] = group.bounds;
        thrift.struct(12, () => {
          thrift.i64(3, 0);
          thrift.binary(5, greatest);
          thrift.binary(6, least);
        });
      }
    });
  });
  thrift.i64(2, rawSize);
  thrift.i64(3, group.rows);
  thrift.i64(5, group.offset);
  thrift.i64(6, group.size);
}
