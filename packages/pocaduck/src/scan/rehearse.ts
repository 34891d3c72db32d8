import { createDataset, type SchemaInput } from "@pocaduck/ingest";
import { MemoryStore } from "@pocaduck/storage";
import { type Block, PointFinder, readBlocks, type Volume } from "@pocaduck/volume";
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

/** Scans some of the blocks into memory, evenly spread over their order. */
export async function rehearse(
  volume: Volume,
  schema: SchemaInput,
  blocks: readonly Block[],
  job: ScanJob,
  signal: AbortSignal,
): Promise<BlockShare> {
  const [x, y, z] = blocks[0]?.shape ?? [1, 1, 1];
  const enough = Math.floor(sampledVoxels / (x * y * z));
  const count = Math.min(blocks.length, Math.max(fewest, Math.min(most, enough)));
  if (count === 0) return { points: 0, pairs: 0, pointBytes: 0, extentBytes: 0 };
  const some = Array.from(
    { length: count },
    (_, at) => blocks[Math.floor(((at + 0.5) * blocks.length) / count)] as Block,
  );
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
