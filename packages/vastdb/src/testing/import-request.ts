import { ByteBuffer, Encoding } from "flatbuffers";
import type { S3File } from "../flatbuffers.ts";

/** The files of an ImportDataRequest; see flatbuffers.ts for the slots. */
export function decodeImport(bytes: Uint8Array): S3File[] {
  const buffer = new ByteBuffer(bytes);
  const root = buffer.readInt32(0);
  const list = buffer.__offset(root, 4);
  if (list === 0) return [];
  const start = buffer.__vector(root + list);
  return Array.from({ length: buffer.__vector_len(root + list) }, (_, index) => {
    const at = buffer.__indirect(start + 4 * index);
    const text = (slot: number) =>
      String(buffer.__string(at + buffer.__offset(at, slot), Encoding.UTF16_STRING));
    return { bucket: text(6), key: text(8) };
  });
}
