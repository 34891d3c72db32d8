import { parentPort } from "node:worker_threads";
import type { Triple } from "@pocaduck/labelmap";
import { packBlock } from "./pack-block.ts";

/** Payloads one after another, and where each ends. */
export interface PackJob {
  bytes: Uint8Array<ArrayBuffer>;
  ends: number[];
  shape: Triple;
}

/** What became of them, in their order, until the first that failed. */
export interface PackResult {
  supervoxels: BigUint64Array<ArrayBuffer>;
  supervoxelEnds: number[];
  rests: Uint8Array<ArrayBuffer>;
  restEnds: number[];
  sizes: number[];
  failure?: string;
}

parentPort?.on("message", (job: PackJob) => {
  const result = pack(job);
  const moved = [result.supervoxels.buffer, result.rests.buffer];
  parentPort?.postMessage(result, moved);
});

function pack({ bytes, ends, shape }: PackJob): PackResult {
  const [ids, rests]: [BigUint64Array[], Uint8Array[]] = [[], []];
  const sizes: number[] = [];
  let failure: string | undefined;
  try {
    for (const [index, end] of ends.entries()) {
      const block = packBlock(bytes.subarray(ends[index - 1] ?? 0, end), shape);
      ids.push(block.supervoxels);
      rests.push(block.rest);
      sizes.push(block.size);
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const [supervoxelEnds, restEnds] = [endsOf(ids), endsOf(rests)];
  const supervoxels = new BigUint64Array(supervoxelEnds.at(-1) ?? 0);
  const packed = new Uint8Array(restEnds.at(-1) ?? 0);
  for (const [index, part] of ids.entries()) supervoxels.set(part, supervoxelEnds[index - 1] ?? 0);
  for (const [index, part] of rests.entries()) packed.set(part, restEnds[index - 1] ?? 0);
  const done = { supervoxels, supervoxelEnds, rests: packed, restEnds, sizes };
  return failure === undefined ? done : { ...done, failure };
}

function endsOf(parts: readonly { length: number }[]): number[] {
  let end = 0;
  return parts.map(({ length }) => (end += length));
}
