import { CompressionType, getCompressionCodec, setCompressionCodec } from "@uwdata/flechette";
import { NeuronError } from "./errors.ts";
import { decodeLz4Frame } from "./lz4-frame.ts";
import { codecs, decompress } from "./parquet/codec.ts";

/** Arrow's decoder knows no compression by itself; pyarrow writes Feather with LZ4. What the caller has registered stays. */
export function readCompressedArrow(): void {
  register(CompressionType.LZ4_FRAME, decodeLz4Frame);
  // A copy, for numbers have to begin at a multiple of their size.
  register(CompressionType.ZSTD, (bytes, length) =>
    Uint8Array.from(decompress(codecs.zstd, bytes, length)),
  );
}

function register(
  type: (typeof CompressionType)[keyof typeof CompressionType],
  decode: (bytes: Uint8Array, length: number) => Uint8Array,
): void {
  if (getCompressionCodec(type)) return;
  const encode = (): never => {
    throw new NeuronError("unsupported", "Arrow is written without compression");
  };
  setCompressionCodec(type, { decode, encode });
}
