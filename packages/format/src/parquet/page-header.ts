import type { ByteReader } from "../varint.ts";
import { encodings, pageTypes } from "./constants.ts";
import { readStruct, ThriftWriter } from "./thrift.ts";

export interface PageHeader {
  type: number;
  /** Bytes before compression. */
  rawSize: number;
  /** Bytes in the file, after the header. */
  size: number;
  /** CRC-32 of the bytes in the file. */
  crc: number;
  count: number;
  encoding: number;
}

export function encodePageHeader(header: PageHeader): Uint8Array {
  const thrift = new ThriftWriter(64);
  thrift.element(() => {
    thrift.i32(1, header.type);
    thrift.i32(2, header.rawSize);
    thrift.i32(3, header.size);
    thrift.i32(4, header.crc | 0);
    thrift.struct(header.type === pageTypes.data ? 5 : 7, () => {
      thrift.i32(1, header.count);
      thrift.i32(2, header.encoding);
      if (header.type === pageTypes.data) {
        thrift.i32(3, encodings.rle);
        thrift.i32(4, encodings.rle);
      }
    });
  });
  return thrift.out.take();
}

/** Leaves `reader` at the first byte of the page. */
export function decodePageHeader(reader: ByteReader): PageHeader {
  const header = { type: -1, rawSize: -1, size: -1, crc: 0, count: -1, encoding: -1 };
  readStruct(reader, (field, type) => {
    if (field === 1) header.type = reader.zigzag();
    else if (field === 2) header.rawSize = reader.zigzag();
    else if (field === 3) header.size = reader.zigzag();
    else if (field === 4) header.crc = reader.zigzag();
    else if ((field === 5 || field === 7) && type === 12) {
      readStruct(reader, (inner) => {
        if (inner === 1) header.count = reader.zigzag();
        else if (inner === 2) header.encoding = reader.zigzag();
        else return false;
        return true;
      });
    } else return false;
    return true;
  });
  return header;
}
