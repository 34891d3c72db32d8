import { blockRange } from "@pocaduck/labelmap/dvid";
import type { ReadableStore } from "@pocaduck/storage";
import type { ChunkSource } from "../chunk.ts";
import { ChunkedVolume } from "../chunked-volume.ts";
import type { Triple, Volume, VolumeAxis } from "../volume.ts";
import { ExportedBlocks } from "./blocks.ts";
import { type ExportedScale, readScale } from "./manifest.ts";

export { holdsExport } from "./manifest.ts";

export interface OpenExportOptions {
  /** 0, the finest, by default. */
  scale?: number;
  /** `bodies` by default. */
  labels?: "bodies" | "supervoxels";
  /** Bytes of decoded blocks to keep; 64 MiB by default. */
  cacheSize?: number;
  signal?: AbortSignal | undefined;
}

export interface ExportedVolume extends Volume {
  /** What was exported, and from which version. */
  readonly source: { id: string; uuid: string; dataUuid: string; labels: "bodies" | "supervoxels" };
}

/**
 * Opens the blocks that an export of a DVID labelmap left in a store. They are read by the page: a few of their
 * neighbours along x with them.
 * @throws {VolumeError} `not-found` when no export was finished here, `unsupported` when it lacks tasks.
 */
export async function openExportedVolume(
  store: ReadableStore,
  { scale = 0, labels = "bodies", cacheSize = 64 * 2 ** 20, signal }: OpenExportOptions = {},
): Promise<ExportedVolume> {
  const found = await readScale(store, scale, { signal });
  const { blockShape, extents, id, uuid, dataUuid } = found;
  const { start: first, end } = blockRange(extents, blockShape, scale);
  const ids = labels === "bodies" ? "labels" : "supervoxels";
  const blocks = new ExportedBlocks(store, found, first, ids);
  const source: ChunkSource = {
    axes: [axis(found, scale, 0), axis(found, scale, 1), axis(found, scale, 2)],
    origin: times(first, blockShape),
    shape: times([end[0] - first[0], end[1] - first[1], end[2] - first[2]], blockShape),
    type: "uint64",
    chunkShape: blockShape,
    fill: 0n,
    decoding: blocks.decoding,
    readChunk: (index, reading) => blocks.read(index, reading),
  };
  const volume = new ChunkedVolume(`export ${id}`, source, cacheSize);
  return Object.assign(volume, { source: { id, uuid, dataUuid, labels } });
}

function axis(
  { voxelSize, voxelUnits }: ExportedScale,
  scale: number,
  index: 0 | 1 | 2,
): VolumeAxis {
  const unit = voxelUnits[index];
  return {
    name: (["x", "y", "z"] as const)[index],
    unit: unit === "nanometers" ? "nm" : unit,
    resolution: voxelSize[index] * 2 ** scale,
    offset: 0,
  };
}

function times(a: Triple, b: Triple): Triple {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
}
