import { decompress } from "fzstd";
import { nativeZlib } from "../zlib.ts";

/** Key of the compression level among zstd's parameters. */
const levelParameter = 100;

/** A zstd frame, or `undefined` where the runtime has no compressor: then the page stays as it is. */
export function compressZstd(bytes: Uint8Array, level: number): Uint8Array | undefined {
  // One output chunk as large as the input spares zlib its 16 KB pieces, which halve the speed.
  return nativeZlib?.zstdCompressSync(bytes, {
    params: { [levelParameter]: level },
    pledgedSrcSize: bytes.length,
    chunkSize: Math.max(64, bytes.length + 64),
  });
}

/** Throws when the frame is damaged or does not hold exactly `rawSize` bytes. */
export function decompressZstd(bytes: Uint8Array, rawSize: number): Uint8Array {
  const raw = nativeZlib
    ? nativeZlib.zstdDecompressSync(bytes, {
        chunkSize: Math.max(64, rawSize),
        maxOutputLength: Math.max(1, rawSize),
      })
    : decompress(bytes, new Uint8Array(rawSize));
  if (raw.length !== rawSize) {
    throw new RangeError(`a page of ${raw.length} bytes, its header says ${rawSize}`);
  }
  // A plain Uint8Array: the slice of a Buffer, which zlib returns, would alias its pool.
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.length);
}
