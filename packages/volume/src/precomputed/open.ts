import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import type { ChunkSource } from "../chunk.ts";
import { childKey, readDocument } from "../document.ts";
import { Metadata } from "../metadata.ts";
import type { VolumeAxis } from "../volume.ts";
import { PrecomputedChunks } from "./chunks.ts";
import { parseInfo } from "./info.ts";

/** `undefined` where there is no neuroglancer precomputed volume. */
export async function openPrecomputed(
  store: ReadableStore,
  path: string,
  scale: number | string,
  options: StoreOptions,
): Promise<ChunkSource | undefined> {
  const key = childKey(path, "info");
  const info = await readDocument(store, key, options);
  if (!info) return undefined;
  const metadata = new Metadata(key);
  const chosen = parseInfo(metadata, info, scale);
  metadata.checkChunk(chosen.chunkShape, chosen.type);
  const chunks = new PrecomputedChunks(store, path, chosen);
  const axis = (index: 0 | 1 | 2): VolumeAxis => ({
    name: (["x", "y", "z"] as const)[index],
    unit: "nm",
    resolution: chosen.resolutionNm[index],
    offset: 0,
  });
  return {
    axes: [axis(0), axis(1), axis(2)],
    origin: chosen.voxelOffset,
    shape: chosen.size,
    type: chosen.type,
    chunkShape: chosen.chunkShape,
    fill: 0n,
    decoding: chunks.decoding,
    readChunk: (index, reading) => chunks.read(index, reading),
  };
}
