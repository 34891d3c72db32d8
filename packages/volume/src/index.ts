export { isVolumeError, VolumeError, type VolumeErrorCode } from "./errors.ts";
export { BlockGrid } from "./grid.ts";
export { type OpenVolumeOptions, openVolume } from "./open.ts";
export { type BlockPoints, PointFinder, type PointOptions } from "./points.ts";
export { type ReadBlocksOptions, readBlocks } from "./read-blocks.ts";
export type {
  Block,
  LabelArray,
  LabelType,
  ReadBlockOptions,
  Triple,
  Volume,
  VolumeAxis,
  Voxels,
} from "./volume.ts";
