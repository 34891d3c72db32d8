const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/** What gzip packed, up to `largest` bytes; other bytes as they are. */
export function unpackGzip(bytes: Uint8Array, largest: number): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (!zlib) throw new Error("is packed by gzip, which needs Node");
  return plain(zlib.gunzipSync(bytes, { maxOutputLength: largest }));
}

/** What zstd packed, up to `largest` bytes. */
export function unpackZstd(bytes: Uint8Array, largest: number): Uint8Array {
  if (!zlib) throw new Error("is packed by zstd, which needs Node");
  return plain(zlib.zstdDecompressSync(bytes, { maxOutputLength: largest }));
}

/** The same bytes as no Buffer, whose `slice` would not copy. */
export function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
