import { closeSync, openSync, writeSync } from "node:fs";
import { sampledBlocks, sampledPoints } from "./sampled.ts";
import { type DenseBlock, denseBlocks, loadDense } from "./segmentation.ts";

/**
 * Writes a set where the Python peer can read it: `input-child.ts <set> <size> <file>`. Per block a line of JSON
 * `{id, rows, columns}`, then labels (uint64) and points (int64, row by row), both little-endian.
 */
const [set = "", size = "", path = ""] = process.argv.slice(2);
const file = openSync(path, "w");
if (set === "dense") await loadDense(Number(size));
for (const block of blocks()) {
  const { id, labels, positions, supervoxel } = block;
  const columns = supervoxel ? 4 : 3;
  const points = new BigInt64Array(labels.length * columns);
  for (let row = 0; row < labels.length; row++) {
    for (let axis = 0; axis < 3; axis++) {
      points[row * columns + axis] = BigInt(positions[row * 3 + axis] as number);
    }
    if (supervoxel) points[row * columns + 3] = supervoxel[row] as bigint;
  }
  writeSync(file, `${JSON.stringify({ id, rows: labels.length, columns })}\n`);
  writeSync(file, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  writeSync(file, new Uint8Array(points.buffer));
}
closeSync(file);

function* blocks(): Generator<DenseBlock & { supervoxel?: BigUint64Array }> {
  if (set === "dense") yield* denseBlocks(Number(size));
  else
    for (const block of sampledBlocks(Number(size)))
      yield { id: block.id, ...sampledPoints(block) };
}
