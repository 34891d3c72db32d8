import type { StoreOptions } from "@pocaduck/storage";
import type { Stopwatch } from "./stopwatch.ts";
import type { LabelArray, LabelType, Triple, VolumeAxis } from "./volume.ts";

/** A decoded chunk. Voxel (x, y, z) is `data[x * strides[0] + y * strides[1] + z * strides[2]]`. */
export interface Chunk {
  data: LabelArray;
  strides: Triple;
}

/** What a format has to offer to be read as a volume. */
export interface ChunkSource {
  axes: readonly [VolumeAxis, VolumeAxis, VolumeAxis];
  origin: Triple;
  shape: Triple;
  type: LabelType;
  chunkShape: Triple;
  /** The label of every voxel in a chunk that is not stored. */
  fill: bigint;
  /** What chunks take to decode, once they are fetched. */
  decoding: Stopwatch;
  /** `undefined` where no chunk is stored. Its shape may be cut at the volume's end. */
  readChunk(index: Triple, options: StoreOptions): Promise<Chunk | undefined>;
}

/** 64-bit labels as pairs of 32-bit words, low word first: no BigInt per voxel. Hosts are little-endian. */
export type Words = Uint8Array | Uint16Array | Uint32Array;

export function wordsOf(data: LabelArray): Words {
  return data instanceof BigUint64Array
    ? new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
    : data;
}

export function allocate(type: LabelType, length: number): LabelArray {
  switch (type) {
    case "uint8":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "uint64":
      return new BigUint64Array(length);
  }
}

export function filled(type: LabelType, length: number, label: bigint): LabelArray {
  const data = allocate(type, length);
  if (label === 0n) return data;
  return data instanceof BigUint64Array ? data.fill(label) : data.fill(Number(label));
}

export function strides([nx, ny]: Triple): Triple {
  return [1, nx, nx * ny];
}

export interface Place {
  data: LabelArray;
  offset: number;
  strides: Triple;
}

/** Copies a box of `shape` voxels between two arrays of one type. */
export function copyBox(to: Place, from: Place, [nx, ny, nz]: Triple): void {
  const wide = from.data instanceof BigUint64Array ? 2 : 1;
  const target = wordsOf(to.data);
  const source = wordsOf(from.data);
  const rows = to.strides[0] === 1 && from.strides[0] === 1;
  const [stepTo, stepFrom] = [to.strides[0] * wide, from.strides[0] * wide];
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      let t = (to.offset + y * to.strides[1] + z * to.strides[2]) * wide;
      let s = (from.offset + y * from.strides[1] + z * from.strides[2]) * wide;
      if (rows) {
        target.set(source.subarray(s, s + nx * wide), t);
        continue;
      }
      for (let x = 0; x < nx; x++, t += stepTo, s += stepFrom) {
        target[t] = source[s] as number;
        if (wide === 2) target[t + 1] = source[s + 1] as number;
      }
    }
  }
}
