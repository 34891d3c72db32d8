import { compressors } from "hyparquet-compressors";
import { NeuronError } from "../errors.ts";
import { nodeModule } from "../node-module.ts";

export const codecs = {
  none: 0,
  snappy: 1,
  gzip: 2,
  brotli: 4,
  lz4: 5,
  zstd: 6,
  "lz4-raw": 7,
} as const;

/** A page may not claim more: 2^28 bytes is 60 times the largest page any writer here has been seen to make. */
const MAX_PAGE_BYTES = 2 ** 28;

type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

const zlib = nodeModule("node:zlib");
const decompressors = new Map<number, Decompress>();
for (const [name, code] of [
  ["SNAPPY", codecs.snappy],
  ["GZIP", codecs.gzip],
  ["BROTLI", codecs.brotli],
  ["LZ4", codecs.lz4],
  ["ZSTD", codecs.zstd],
  ["LZ4_RAW", codecs["lz4-raw"]],
] as const) {
  const decompress = compressors[name];
  if (decompress)
    decompressors.set(code, (bytes, length) => decompress(bytes, length) as Uint8Array);
}
if (zlib) {
  const limit = (length: number) => ({ maxOutputLength: length, chunkSize: Math.max(length, 64) });
  decompressors.set(codecs.gzip, (bytes, length) => zlib.gunzipSync(bytes, limit(length)));
  decompressors.set(codecs.brotli, (bytes, length) =>
    zlib.brotliDecompressSync(bytes, limit(length)),
  );
  // Node 20 has no zstd; the library above stands in.
  if ("zstdDecompressSync" in zlib) {
    decompressors.set(codecs.zstd, (bytes, length) =>
      zlib.zstdDecompressSync(bytes, limit(length)),
    );
  }
}

/** @throws {NeuronError} `corrupt` unless exactly `length` bytes come out. */
export function decompress(codec: number, bytes: Uint8Array, length: number): Uint8Array {
  if (length > MAX_PAGE_BYTES) {
    throw new NeuronError(
      "too-large",
      `a page claims ${length} bytes, the limit is ${MAX_PAGE_BYTES}`,
    );
  }
  if (codec === codecs.none) return bytes;
  if (length === 0) return bytes.subarray(0, 0);
  const run = decompressors.get(codec);
  if (!run) throw new NeuronError("unsupported", `compression codec ${codec}`);
  let out: Uint8Array;
  try {
    out = run(bytes, length);
  } catch (cause) {
    throw new NeuronError("corrupt", "a page does not decompress", {}, { cause });
  }
  if (out.length !== length) {
    throw new NeuronError("corrupt", `a page has ${out.length} bytes, its header says ${length}`);
  }
  return out;
}
