import { promisify } from "node:util";
import { constants, gunzip as gunzipCallback, zstdCompress as zstdCallback } from "node:zlib";
import {
  type LabelMapping,
  LabelmapError,
  largestBlock,
  splitBlock,
  type Triple,
} from "@pocaduck/labelmap";
import type { BlockFrame } from "@pocaduck/labelmap/dvid";

const gunzip = promisify(gunzipCallback);
const zstd = promisify<Uint8Array, object, Buffer>(zstdCallback);

/** A block as an export holds it. */
export interface BlockRow {
  block: Triple;
  supervoxels: BigUint64Array;
  /** The bodies of the supervoxels, in the same order. */
  labels: BigUint64Array;
  /** Bytes of the block as DVID packs it, table included. */
  size: number;
  /** The zstd of the block without its table. */
  rest: Uint8Array;
}

export interface RewriteOptions {
  blockShape: Triple;
  mapping: Pick<LabelMapping, "map">;
  /** Of zstd; 1 by default, which takes half the time of 3 for a few percent more bytes. */
  level?: number;
}

/**
 * Unpacks the block, takes its table out and packs the rest again; both packers run beside the JavaScript.
 * @throws {LabelmapError} `corrupt`, naming the block.
 */
export async function rewriteBlock(
  { block, payload }: BlockFrame,
  { blockShape: shape, mapping, level = 1 }: RewriteOptions,
): Promise<BlockRow> {
  try {
    const bytes = await gunzip(payload, { maxOutputLength: largestBlock(shape) });
    const { labels: supervoxels, rest } = splitBlock(plain(bytes), { shape });
    const params = { [constants.ZSTD_c_compressionLevel]: level };
    const packed = await zstd(rest, { params });
    return {
      block,
      supervoxels,
      labels: mapping.map(supervoxels),
      size: bytes.length,
      rest: plain(packed),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabelmapError("corrupt", `block ${block.join(",")}: ${reason}`, { cause });
  }
}

/** No Buffer, whose `slice` would not copy. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
