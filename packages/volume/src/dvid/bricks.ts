import type { DvidLabelmap } from "@pocaduck/labelmap/dvid";
import { ChunkCache } from "../chunk-cache.ts";
import type { Triple } from "../volume.ts";

/** Blocks along each edge of what is asked of DVID at once; a stretch of the Z-order curve stays in one. */
const edge = 4;
const cacheSize = 32 * 2 ** 20;

type Brick = ReadonlyMap<string, Uint8Array>;

/** Fetches compressed blocks by the brick: one request, and one scan by DVID, for many blocks. */
export class BrickReader {
  readonly #labelmap: DvidLabelmap;
  readonly #scale: number;
  readonly #bricks = new ChunkCache<Brick>(cacheSize, sizeOf);

  constructor(labelmap: DvidLabelmap, scale: number) {
    this.#labelmap = labelmap;
    this.#scale = scale;
  }

  /** The gzip of a label block, or undefined where none is stored. */
  async read(block: Triple, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const start: Triple = [corner(block[0]), corner(block[1]), corner(block[2])];
    const brick = await this.#bricks.get(String(start), () => this.#fetch(start, signal));
    return brick.get(String(block));
  }

  async #fetch(start: Triple, signal: AbortSignal | undefined): Promise<Brick> {
    const options = { scale: this.#scale, ...(signal && { signal }) };
    const frames = await this.#labelmap.blocks(start, [edge, edge, edge], options);
    return new Map(frames.map(({ block, payload }) => [String(block), payload]));
  }
}

function corner(coordinate: number): number {
  return Math.floor(coordinate / edge) * edge;
}

/** 64 bytes for an entry, so that empty bricks are kept as well. */
function sizeOf(brick: Brick): number {
  let size = 64;
  for (const payload of brick.values()) size += 64 + payload.length;
  return size;
}
