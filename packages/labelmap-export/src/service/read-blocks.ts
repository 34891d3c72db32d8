import type { Triple } from "@pocaduck/labelmap";
import type { BlockFrame, DvidLabelmap } from "@pocaduck/labelmap/dvid";
import type { Limiter } from "@pocaduck/storage/remote";
import type { BlocksTask } from "../plan/task.ts";

/** Bytes to aim for in an answer; DVID holds all of it at once, and so do we. */
const answerSize = 6 * 2 ** 20;

export interface ReadOptions {
  limit: Limiter;
  signal: AbortSignal;
}

/**
 * The blocks of a shard as DVID stores them, by z, then y, then x: a slab of whole rows along x per request, for DVID
 * scans a row at once. The next slab is on its way while one is used.
 */
export async function* readBlocks(
  labelmap: DvidLabelmap,
  { scale, start, end }: BlocksTask,
  { limit, signal }: ReadOptions,
): AsyncGenerator<BlockFrame[]> {
  const slabs = slabsOf(start, end);
  let rows = 4;
  const next = (): Promise<BlockFrame[]> | undefined => {
    const slab = slabs(rows);
    if (!slab) return undefined;
    const frames = limit.run(
      () => labelmap.blocks(slab.start, slab.shape, { scale, signal }),
      signal,
    );
    // Awaited below; without this an early failure would count as unhandled.
    frames.catch(() => undefined);
    return frames;
  };
  for (let ahead = next(); ahead; ) {
    const frames = await ahead;
    const size = frames.reduce((sum, { payload }) => sum + payload.length, 0);
    rows = Math.max(1, Math.min(64, size > answerSize ? rows >> 1 : rows * 2));
    ahead = next();
    yield frames.sort((a, b) => order(a.block, b.block));
  }
}

/** Cuts a box into slabs of up to `rows` rows of one z. */
function slabsOf(
  start: Triple,
  end: Triple,
): (rows: number) => { start: Triple; shape: Triple } | undefined {
  let [y, z] = [start[1], start[2]];
  return (rows) => {
    if (z >= end[2]) return undefined;
    const height = Math.min(rows, end[1] - y);
    const slab: { start: Triple; shape: Triple } = {
      start: [start[0], y, z],
      shape: [end[0] - start[0], height, 1],
    };
    y += height;
    if (y >= end[1]) [y, z] = [start[1], z + 1];
    return slab;
  };
}

function order(a: Triple, b: Triple): number {
  return a[2] - b[2] || a[1] - b[1] || a[0] - b[0];
}
