import { type BlockIds, createDataset } from "@pocaduck/ingest";
import { MemoryStore } from "@pocaduck/storage";
import { type Block, type BlockGrid, PointFinder, readBlocks } from "@pocaduck/volume";
import { leftOf, type Scanned } from "./scan.ts";
import { pointOptions, type ScanJob } from "./scan-options.ts";

/** What a block comes to, on the average of some. */
export interface BlockShare {
  points: number;
  pairs: number;
  pointBytes: number;
  extentBytes: number;
}

/** Blocks that are scanned to tell how large the rest will be: of small ones more, for they differ more. */
const [fewest, most] = [16, 512];
const sampledVoxels = 2 ** 25;

/** Scans some of the blocks that are left into memory, spread over the volume. */
export async function rehearse(
  { volume, grid, schema }: Scanned,
  done: BlockIds,
  job: ScanJob,
  signal: AbortSignal,
): Promise<BlockShare> {
  const some = spread(grid, done);
  const count = some.length;
  if (count === 0) return { points: 0, pairs: 0, pointBytes: 0, extentBytes: 0 };
  const store = new MemoryStore();
  const dataset = await createDataset(store, schema, { signal });
  await using ingestor = dataset.ingestor({ signal });
  const finder = new PointFinder(pointOptions(job));
  for await (const [block, voxels] of readBlocks(volume, some, { halo: finder.halo, signal })) {
    await ingestor.writeBlock(block.id, { ...finder.find(voxels) });
  }
  await ingestor.commit();
  const { totals } = await dataset.publish({ signal, process: "this" });
  const sizeOf = async (prefix: string): Promise<number> => {
    let size = 0;
    for await (const object of store.list(prefix)) size += object.size;
    return size;
  };
  return {
    points: totals.points / count,
    pairs: totals.pairs / count,
    pointBytes: (await sizeOf("points/")) / count,
    extentBytes: (await sizeOf("extents/")) / count,
  };
}

/** The first that is left of every other of some stretches of the grid. */
function spread(grid: BlockGrid, done: BlockIds): Block[] {
  const [x, y, z] = grid.blockShape;
  const enough = Math.floor(sampledVoxels / (x * y * z));
  const count = Math.min(grid.length, Math.max(fewest, Math.min(most, enough)));
  const blocks: Block[] = [];
  for (let at = 0; at < count; at++) {
    const [block] = leftOf(grid.share(2 * at + 1, 2 * count), done);
    if (block) blocks.push(block);
  }
  if (blocks.length > 0) return blocks;
  for (const block of leftOf(grid, done)) if (blocks.push(block) === count) break;
  return blocks;
}
