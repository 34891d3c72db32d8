import { nodeModule } from "../node-module.ts";
import { codecs } from "./codec.ts";

export type WriteCodec = "zstd" | "gzip" | "none";

export interface Compressor {
  readonly code: number;
  /** Compresses, sometimes at once. */
  run(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const ZSTD_LEVEL = 1;

/** zstd where the platform can write it (Node from 22.15), else gzip, which every platform can. */
export function bestCodec(): WriteCodec {
  const zlib = nodeModule("node:zlib");
  return zlib && "zstdCompressSync" in zlib ? "zstd" : "gzip";
}

/** @throws {RangeError} for zstd where it cannot be written: browsers, and Node before 22.15. */
export function compressor(codec: WriteCodec): Compressor {
  const zlib = nodeModule("node:zlib");
  switch (codec) {
    case "none":
      return { code: codecs.none, run: (bytes) => bytes.slice() };
    case "gzip":
      return {
        code: codecs.gzip,
        run: (bytes) => (zlib ? zlib.gzipSync(bytes) : gzipStream(bytes)),
      };
    case "zstd": {
      if (!zlib || !("zstdCompressSync" in zlib)) {
        throw new RangeError(
          "Expected `codec` to be one this platform can write (gzip, none), got zstd",
        );
      }
      const params = { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
      return { code: codecs.zstd, run: (bytes) => zlib.zstdCompressSync(bytes, { params }) };
    }
    default:
      throw new RangeError(`Expected \`codec\` to be zstd, gzip or none, got ${String(codec)}`);
  }
}

async function gzipStream(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const out = await new Response(stream.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  return new Uint8Array(out);
}
