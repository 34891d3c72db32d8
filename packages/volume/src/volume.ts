import type { StoreOptions } from "@pocaduck/storage";
import type { BlockGrid } from "./grid.ts";

/** In x, y, z order, whatever the order of the array's axes. */
export type Triple = readonly [x: number, y: number, z: number];

export type LabelType = "uint8" | "uint16" | "uint32" | "uint64";
export type LabelArray = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** A voxel index `i` lies at `i * resolution + offset` in `unit`. */
export interface VolumeAxis {
  name: "x" | "y" | "z";
  unit?: string;
  resolution: number;
  offset: number;
}

export interface Block {
  /** Place in the grid of blocks: `x_y_z`. */
  id: string;
  /** First voxel. */
  start: Triple;
  /** Voxels; blocks at the volume's end are cut. */
  shape: Triple;
}

/** The labels of one block in raster order, x fastest. Shared with a cache: not to be written to. */
export interface Voxels {
  start: Triple;
  shape: Triple;
  /**
   * With a halo `data` holds one more voxel on each side, so `shape + 2` along each axis. Its faces hold the
   * neighbours; outside the volume they repeat the outermost voxel. Its edges and corners hold nothing of use.
   */
  halo: boolean;
  data: LabelArray;
}

export interface ReadBlockOptions extends StoreOptions {
  halo?: boolean;
}

/** A 3-D array of labels. Coordinates are voxel indices of the scale that was opened. */
export interface Volume {
  readonly axes: readonly [VolumeAxis, VolumeAxis, VolumeAxis];
  /** The first voxel; not 0 where the volume is a cutout that keeps the coordinates of the whole. */
  readonly origin: Triple;
  readonly shape: Triple;
  readonly type: LabelType;
  /** What is stored and decoded as one; the inner chunk where chunks are packed in shards. */
  readonly chunkShape: Triple;
  /** Milliseconds spent on decoding chunks so far. */
  readonly decodeMs: number;
  /** By default blocks are whole chunks, grown or split to between 64³ and 128³ voxels. */
  grid(blockShape?: Triple): BlockGrid;
  /** @throws {VolumeError} `corrupt` names the chunk. A chunk that is not stored holds the fill value. */
  readBlock(block: Block, options?: ReadBlockOptions): Promise<Voxels>;
}
