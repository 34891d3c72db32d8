import type { StoreOptions } from "@pocaduck/storage";
import {
  allocate,
  type Chunk,
  type ChunkSource,
  copyBox,
  filled,
  type Place,
  strides,
} from "./chunk.ts";
import { ChunkCache } from "./chunk-cache.ts";
import { VolumeError } from "./errors.ts";
import { BlockGrid, defaultBlockShape } from "./grid.ts";
import type {
  Block,
  LabelType,
  ReadBlockOptions,
  Triple,
  Volume,
  VolumeAxis,
  Voxels,
} from "./volume.ts";

const coordinateEnd = 2 ** 31;
const holeSize = 64;

/** Cuts blocks out of chunks, and keeps decoded chunks for the blocks beside them. */
export class ChunkedVolume implements Volume {
  readonly axes: readonly [VolumeAxis, VolumeAxis, VolumeAxis];
  readonly origin: Triple;
  readonly shape: Triple;
  readonly type: LabelType;
  readonly chunkShape: Triple;
  readonly #source: ChunkSource;
  readonly #cache: ChunkCache<Chunk | undefined>;

  constructor(path: string, source: ChunkSource, cacheSize: number) {
    if (source.shape.includes(0)) {
      const reason = `has no voxels: along x, y and z it is ${source.shape.join(" × ")}`;
      throw new VolumeError("unsupported", path, reason);
    }
    for (const [axis, start] of source.origin.entries()) {
      const end = start + (source.shape[axis] ?? 0);
      if (start < -coordinateEnd || end > coordinateEnd) {
        const name = source.axes[axis]?.name;
        const reason = `${name} runs over [${start}, ${end}), outside what int32 coordinates hold`;
        throw new VolumeError("unsupported", path, reason);
      }
    }
    this.axes = source.axes;
    this.origin = source.origin;
    this.shape = source.shape;
    this.type = source.type;
    this.chunkShape = source.chunkShape;
    this.#source = source;
    this.#cache = new ChunkCache(cacheSize, (chunk) => chunk?.data.byteLength ?? holeSize);
  }

  get decodeMs(): number {
    return this.#source.decoding.ms;
  }

  grid(blockShape?: Triple): BlockGrid {
    const shape = blockShape ?? defaultBlockShape(this.shape, this.chunkShape);
    return new BlockGrid(this.origin, this.shape, shape);
  }

  async readBlock(block: Block, options: ReadBlockOptions = {}): Promise<Voxels> {
    const { halo = false, signal } = options;
    const { shape } = block;
    const start: Triple = subtract(block.start, this.origin);
    for (const axis of [0, 1, 2] as const) {
      if (start[axis] < 0 || start[axis] + shape[axis] > this.shape[axis]) {
        throw new RangeError(`Expected \`block\` to lie in the volume, got ${block.id}`);
      }
    }
    const reading = { signal };
    const whole = halo ? undefined : await this.#wholeChunk(start, shape, reading);
    if (whole) return { start: block.start, shape, halo, data: whole.data };

    const rim = halo ? 1 : 0;
    const padded: Triple = [shape[0] + 2 * rim, shape[1] + 2 * rim, shape[2] + 2 * rim];
    const data = allocate(this.type, padded[0] * padded[1] * padded[2]);
    const at = (x: number, y: number, z: number): Place => {
      const [sx, sy, sz] = strides(padded);
      const offset = (x + rim) * sx + (y + rim) * sy + (z + rim) * sz;
      return { data, offset, strides: [sx, sy, sz] };
    };
    const copies = [this.#copy(start, shape, at(0, 0, 0), reading)];
    const ends: [to: Place, nearest: Place, face: Triple][] = [];
    for (const axis of halo ? ([0, 1, 2] as const) : []) {
      const face = withAxis(shape, axis, 1);
      for (const side of [-1, shape[axis]]) {
        const from = withAxis(start, axis, start[axis] + side);
        const to = at(...withAxis([0, 0, 0], axis, side));
        if (from[axis] >= 0 && from[axis] < this.shape[axis]) {
          copies.push(this.#copy(from, face, to, reading));
        } else {
          ends.push([to, at(...withAxis([0, 0, 0], axis, side < 0 ? 0 : side - 1)), face]);
        }
      }
    }
    await Promise.all(copies);
    for (const end of ends) copyBox(...end);
    return { start: block.start, shape, halo, data };
  }

  /** A block that is one chunk, whole and in raster order, needs no copy. */
  async #wholeChunk(
    start: Triple,
    shape: Triple,
    options: StoreOptions,
  ): Promise<Chunk | undefined> {
    for (const axis of [0, 1, 2] as const) {
      if (shape[axis] !== this.chunkShape[axis] || start[axis] % shape[axis] !== 0)
        return undefined;
    }
    const chunk = await this.#chunk(divide(start, shape), options);
    const inOrder = String(chunk?.strides) === String(strides(shape));
    return inOrder ? chunk : undefined;
  }

  /** Copies a box of voxels, `start` counted from the volume's first voxel, chunk by chunk. */
  async #copy(start: Triple, shape: Triple, to: Place, options: StoreOptions): Promise<void> {
    const end: Triple = [start[0] + shape[0], start[1] + shape[1], start[2] + shape[2]];
    const first = divide(start, this.chunkShape);
    const last = divide([end[0] - 1, end[1] - 1, end[2] - 1], this.chunkShape);
    const copies: Promise<void>[] = [];
    for (let z = first[2]; z <= last[2]; z++) {
      for (let y = first[1]; y <= last[1]; y++) {
        for (let x = first[0]; x <= last[0]; x++) {
          copies.push(this.#copyOfChunk([x, y, z], start, end, to, options));
        }
      }
    }
    await Promise.all(copies);
  }

  async #copyOfChunk(
    index: Triple,
    start: Triple,
    end: Triple,
    to: Place,
    options: StoreOptions,
  ): Promise<void> {
    const chunk = await this.#chunk(index, options);
    const corner: Triple = [
      index[0] * this.chunkShape[0],
      index[1] * this.chunkShape[1],
      index[2] * this.chunkShape[2],
    ];
    const from: [number, number, number] = [0, 0, 0];
    const shape: [number, number, number] = [0, 0, 0];
    for (const axis of [0, 1, 2] as const) {
      from[axis] = Math.max(start[axis], corner[axis]);
      shape[axis] = Math.min(end[axis], corner[axis] + this.chunkShape[axis]) - from[axis];
    }
    const target = { ...to, offset: to.offset + dot(subtract(from, start), to.strides) };
    if (chunk) {
      const offset = dot(subtract(from, corner), chunk.strides);
      copyBox(target, { data: chunk.data, offset, strides: chunk.strides }, shape);
    } else {
      // One voxel, taken again and again.
      const data = filled(this.type, shape[0], this.#source.fill);
      copyBox(target, { data, offset: 0, strides: [1, 0, 0] }, shape);
    }
  }

  async #chunk(index: Triple, options: StoreOptions): Promise<Chunk | undefined> {
    for (;;) {
      let ours = false;
      try {
        return await this.#cache.get(String(index), () => {
          ours = true;
          return this.#source.readChunk(index, options);
        });
      } catch (error) {
        // Another caller's load may have failed because that caller gave up.
        if (ours || options.signal?.aborted) throw error;
      }
    }
  }
}

function withAxis([x, y, z]: Triple, axis: 0 | 1 | 2, value: number): Triple {
  if (axis === 0) return [value, y, z];
  return axis === 1 ? [x, value, z] : [x, y, value];
}

function subtract(a: Triple, b: Triple): Triple {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function divide(a: Triple, b: Triple): Triple {
  return [Math.floor(a[0] / b[0]), Math.floor(a[1] / b[1]), Math.floor(a[2] / b[2])];
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
