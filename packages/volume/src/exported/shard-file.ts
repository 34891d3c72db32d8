import type { ReadableStore } from "@pocaduck/storage";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { compressors as others } from "hyparquet-compressors";
import { isVolumeError, VolumeError } from "../errors.ts";
import { unpackZstd } from "../unpack.ts";
import type { Triple } from "../volume.ts";
import type { Shard } from "./manifest.ts";

// Its own does not compare the checksums of zstd.
const compressors = {
  ...others,
  ZSTD: (bytes: Uint8Array, size: number): Uint8Array =>
    size === 0 ? new Uint8Array() : unpackZstd(bytes, size),
};

/** A row of `blocks`, as far as voxels need it. */
export interface BlockRow {
  ids: bigint[];
  /** Bytes of the block when joined. */
  size: number;
  bins: Uint8Array[];
  /** Key of an object with all of the rest, or the rest itself. */
  overflow: string | Uint8Array | null;
}

/** Where the rows of one file of blocks are. */
export class ShardFile {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #rows: ReadonlyMap<string, number>;

  private constructor(
    file: AsyncBuffer,
    metadata: FileMetaData,
    rows: ReadonlyMap<string, number>,
  ) {
    this.#file = file;
    this.#metadata = metadata;
    this.#rows = rows;
  }

  /**
   * Reads the footer and the places of all rows.
   * @throws {VolumeError} `corrupt` for a file that is not whole, or not that of the shard.
   */
  static async open(store: ReadableStore, shard: Shard, signal?: AbortSignal): Promise<ShardFile> {
    const { key } = shard;
    const meta = await store.head(key, { signal });
    if (!meta) throw new VolumeError("corrupt", key, "is missing, and the manifest names it");
    const file: AsyncBuffer = {
      byteLength: meta.size,
      async slice(start, end = meta.size) {
        const bytes = await store.getRange(key, { offset: start, length: end - start }, { signal });
        if (!bytes) throw new VolumeError("corrupt", key, "went away while it was read");
        return bytes.slice().buffer;
      },
    };
    const { metadata, places } = await read(file).catch((cause: unknown) => {
      signal?.throwIfAborted();
      if (isVolumeError(cause) || (cause instanceof Error && cause.name === "StoreError"))
        throw cause;
      const reason = `is no whole Parquet file: ${cause instanceof Error ? cause.message : cause}`;
      throw new VolumeError("corrupt", key, reason, { cause });
    });
    checkShard(metadata, shard);
    const rows = new Map(places.map(({ x, y, z }, row) => [`${x},${y},${z}`, row]));
    return new ShardFile(file, metadata, rows);
  }

  /** Bytes it takes to keep, roughly. */
  get size(): number {
    return 4096 + 64 * this.#rows.size;
  }

  row(block: Triple): number | undefined {
    return this.#rows.get(String(block));
  }

  /** Rows from `start` up to `end`, or the last of the file; only their pages are read. */
  async read(
    start: number,
    end: number,
    ids: string,
    bins: readonly string[],
  ): Promise<BlockRow[]> {
    const rows = await parquetReadObjects({
      file: this.#file,
      metadata: this.#metadata,
      compressors,
      columns: [ids, "block_size", ...bins, "overflow"],
      rowStart: start,
      rowEnd: Math.min(end, this.#rows.size),
      useOffsetIndex: true,
      utf8: false,
    });
    return rows.map((row) => ({
      ids: row[ids],
      size: row.block_size,
      bins: bins.map((bin) => row[bin] ?? new Uint8Array()),
      overflow: row.overflow ?? null,
    }));
  }
}

async function read(
  file: AsyncBuffer,
): Promise<{ metadata: FileMetaData; places: Record<string, unknown>[] }> {
  if (file.byteLength < 12) throw new Error(`it has ${file.byteLength} bytes`);
  const metadata = await parquetMetadataAsync(file);
  const columns = ["x", "y", "z"];
  return { metadata, places: await parquetReadObjects({ file, metadata, compressors, columns }) };
}

/** A file of another shard would read as if its blocks were not stored. Python's worker does not say what it wrote. */
function checkShard({ num_rows, key_value_metadata = [] }: FileMetaData, shard: Shard): void {
  if (Number(num_rows) !== shard.rows) {
    const reason = `has ${num_rows} rows, and the manifest says ${shard.rows}`;
    throw new VolumeError("corrupt", shard.key, reason);
  }
  for (const name of ["export", "task"] as const) {
    const said = key_value_metadata.find(({ key }) => key === name)?.value;
    if (said === undefined || said === shard[name]) continue;
    const reason = `is of ${name} ${said}, and the manifest of ${shard[name]}`;
    throw new VolumeError("corrupt", shard.key, reason);
  }
}
