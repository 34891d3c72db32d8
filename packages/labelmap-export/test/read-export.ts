import { zstdDecompressSync } from "node:zlib";
import { decodeBlock, joinBlock } from "@pocaduck/labelmap";
import type { ObjectMeta, Store } from "@pocaduck/storage";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";

export interface StoredBlock {
  scale: number;
  x: number;
  y: number;
  z: number;
  shard: bigint;
  morton: bigint;
  supervoxels: bigint[];
  labels: bigint[];
  block_size: number;
  overflow: string | null;
  [bin: string]: unknown;
}

export async function objectsOf(store: Store): Promise<ObjectMeta[]> {
  const objects: ObjectMeta[] = [];
  for await (const object of store.list("")) objects.push(object);
  return objects;
}

/** All rows of a table of an export, by an independent reader. */
export async function rowsOf<T>(store: Store, table: string): Promise<T[]> {
  const rows: T[] = [];
  for await (const { key } of store.list(`${table}/`)) {
    const bytes = (await store.get(key)) ?? new Uint8Array();
    const file = bytes.slice().buffer;
    rows.push(...((await parquetReadObjects({ file, compressors, utf8: false })) as T[]));
  }
  return rows;
}

/** The voxels of a block of an export: supervoxels, or bodies. */
export async function voxelsOf(
  store: Store,
  row: StoredBlock,
  ids: "supervoxels" | "labels",
): Promise<BigUint64Array> {
  const bins = Object.keys(row).filter((name) => name.startsWith("bin"));
  const cells = bins.map((name) => (row[name] as Uint8Array | null) ?? new Uint8Array());
  const packed = row.overflow ? await store.get(row.overflow) : Buffer.concat(cells);
  const rest = zstdDecompressSync(packed ?? new Uint8Array());
  const block = joinBlock(BigUint64Array.from(row[ids]), new Uint8Array(rest));
  if (block.length !== row.block_size)
    throw new Error(`${block.length} bytes, not ${row.block_size}`);
  return decodeBlock(block).voxels;
}
