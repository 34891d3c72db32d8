import {
  blockRange,
  type DvidLabelmap,
  type DvidOptions,
  openLabelmap,
} from "@pocaduck/labelmap/dvid";
import type { ChunkSource } from "../chunk.ts";
import { ChunkedVolume } from "../chunked-volume.ts";
import { VolumeError } from "../errors.ts";
import type { Triple, Volume, VolumeAxis } from "../volume.ts";
import { parseDvidAddress } from "./address.ts";
import { DvidBlocks } from "./blocks.ts";

export interface OpenDvidOptions extends DvidOptions {
  /** 0, the finest, by default. */
  scale?: number;
  /** Bytes of decoded blocks to keep; 64 MiB by default. */
  cacheSize?: number;
  signal?: AbortSignal | undefined;
}

export interface DvidVolume extends Volume {
  /** What was opened, whatever host and prefix it was asked for by. */
  readonly source: {
    /** All 32 digits. */
    uuid: string;
    /** Unlike the instance's name, unique and never reused. */
    dataUuid: string;
    labels: "bodies" | "supervoxels";
  };
}

/**
 * Opens a labelmap of DVID, as in `dvid://host:port/uuid/data`. It spans the blocks of the extents that DVID states.
 * @throws {VolumeError} `not-found` where nothing is stored; or a `LabelmapError`.
 */
export async function openDvidVolume(
  address: string,
  { scale = 0, cacheSize = 64 * 2 ** 20, signal, ...options }: OpenDvidOptions = {},
): Promise<DvidVolume> {
  const { base, version, data, labels, allowOpen } = parseDvidAddress(address);
  const reading = signal && { signal };
  const labelmap = await openLabelmap(base, version, data, { ...options, allowOpen, ...reading });
  const { blockShape, maxScale } = labelmap.info;
  if (!Number.isInteger(scale) || scale < 0 || scale > maxScale) {
    throw new VolumeError("not-found", labelmap.url, `has scales 0 to ${maxScale}, not ${scale}`);
  }
  if (!labelmap.info.extents) throw new VolumeError("not-found", labelmap.url, "has no blocks");
  const { start: first, end } = blockRange(labelmap.info.extents, blockShape, scale);
  const mapping = labels === "bodies" ? await labelmap.mapping(signal) : undefined;
  const blocks = new DvidBlocks(labelmap, scale, first, mapping);
  const source: ChunkSource = {
    axes: [axis(labelmap, scale, 0), axis(labelmap, scale, 1), axis(labelmap, scale, 2)],
    origin: times(first, blockShape),
    shape: times([end[0] - first[0], end[1] - first[1], end[2] - first[2]], blockShape),
    type: "uint64",
    chunkShape: blockShape,
    fill: 0n,
    decoding: blocks.decoding,
    readChunk: (index, reading) => blocks.read(index, reading),
  };
  const volume = new ChunkedVolume(labelmap.url, source, cacheSize);
  const { uuid } = labelmap.version;
  return Object.assign(volume, { source: { uuid, dataUuid: labelmap.info.dataUuid, labels } });
}

function axis({ info }: DvidLabelmap, scale: number, index: 0 | 1 | 2): VolumeAxis {
  const unit = info.voxelUnits[index];
  return {
    name: (["x", "y", "z"] as const)[index],
    unit: unit === "nanometers" ? "nm" : unit,
    resolution: info.voxelSize[index] * 2 ** scale,
    offset: 0,
  };
}

function times(a: Triple, b: Triple): Triple {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
}
