import type { Document } from "../document.ts";
import type { Metadata } from "../metadata.ts";
import type { LabelType, Triple } from "../volume.ts";
import { parseSharding, type Sharding } from "./sharding.ts";

/** One scale of a neuroglancer precomputed volume, checked. */
export interface PrecomputedScale {
  key: string;
  type: LabelType;
  size: Triple;
  voxelOffset: Triple;
  chunkShape: Triple;
  resolutionNm: Triple;
  /** The inner blocks of `compressed_segmentation`; `undefined` where chunks are plain. */
  segmentationBlock: Triple | undefined;
  sharding: Sharding | undefined;
}

/** Picks a scale by number (0 is the finest) or by key. */
export function parseInfo(
  metadata: Metadata,
  info: Document,
  scale: number | string,
): PrecomputedScale {
  const { data_type, num_channels, scales } = info;
  if (num_channels !== 1) throw metadata.unsupported(`has ${num_channels} channels; labels have 1`);
  if (!Array.isArray(scales)) throw metadata.invalid("scales", scales);
  const all = scales.map((item: unknown) => metadata.document("scales", item));
  const keys = all.map(({ key }) => metadata.text("scales key", key));
  const at = typeof scale === "number" ? scale : keys.indexOf(scale);
  const [chosen, key] = [all[at], keys[at]];
  if (chosen === undefined || key === undefined) {
    const known = keys.map((name, i) => `${i} (${JSON.stringify(name)})`).join(", ");
    throw new RangeError(`Expected \`scale\` to be one of ${known}, got ${JSON.stringify(scale)}`);
  }
  const { size, voxel_offset = [0, 0, 0], chunk_sizes, resolution } = chosen;
  const [chunkSize]: unknown[] = Array.isArray(chunk_sizes) ? chunk_sizes : [];
  return {
    key,
    type: metadata.labelType("data_type", data_type),
    size: triple(metadata.sizes("size", size, 3, 0)),
    voxelOffset: triple(metadata.sizes("voxel_offset", voxel_offset, 3, -(2 ** 31))),
    chunkShape: triple(metadata.sizes("chunk_sizes", chunkSize, 3, 1)),
    resolutionNm: parseResolution(metadata, resolution),
    segmentationBlock: parseEncoding(metadata, chosen),
    sharding: parseSharding(metadata, chosen.sharding),
  };
}

function parseEncoding(metadata: Metadata, scale: Document): Triple | undefined {
  const { encoding, compressed_segmentation_block_size: block } = scale;
  if (encoding === "raw") return undefined;
  if (encoding === "compressed_segmentation") {
    return triple(metadata.sizes("compressed_segmentation_block_size", block, 3, 1));
  }
  const reason = `has encoding ${JSON.stringify(encoding)}; raw and compressed_segmentation are read`;
  throw metadata.unsupported(reason);
}

function parseResolution(metadata: Metadata, value: unknown): Triple {
  const sound =
    Array.isArray(value) && value.length === 3 && value.every((n) => Number.isFinite(n) && n > 0);
  if (sound) return triple(value);
  throw metadata.invalid("resolution", value);
}

function triple([x = 0, y = 0, z = 0]: number[]): Triple {
  return [x, y, z];
}
