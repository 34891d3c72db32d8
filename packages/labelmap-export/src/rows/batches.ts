import type { ScatterBatch } from "@pocaduck/flight";
import { decodeBlockKey, type LabelIndex, type Triple } from "@pocaduck/labelmap";
import type { CellLayout } from "../plan/plan.ts";
import type { ShardGrid } from "../plan/shards.ts";
import { cellsOf } from "./cells.ts";
import type { PackedBlock } from "./pack-block.ts";

/** A block as an export holds it. */
export interface BlockRow extends PackedBlock {
  block: Triple;
  /** The bodies of the supervoxels, in the same order. */
  labels: BigUint64Array;
}

/** Rows of `blocks`, as views of what was read. */
export function blocksBatch(
  rows: readonly BlockRow[],
  scale: number,
  grid: ShardGrid,
  layout: CellLayout,
): ScatterBatch {
  const cells = rows.map((row) => cellsOf(row, layout));
  const along = (axis: 0 | 1 | 2): Int32Array => Int32Array.from(rows, ({ block }) => block[axis]);
  const columns = [
    new Int32Array(rows.length).fill(scale),
    along(0),
    along(1),
    along(2),
    BigUint64Array.from(rows, ({ block }) => grid.shard(block)),
    BigUint64Array.from(rows, ({ block }) => grid.morton(block)),
    rows.map(({ supervoxels }) => supervoxels),
    rows.map(({ labels }) => labels),
    Uint32Array.from(rows, ({ size }) => size),
    ...Array.from({ length: layout.count }, (_, at) => cells.map(({ bins }) => bins[at] ?? null)),
    cells.map(({ overflow }) => overflow ?? null),
  ];
  return { length: rows.length, columns };
}

/** Rows of `indices`: a body, a block of scale 0, a supervoxel, and how many of its voxels are there. */
export function indicesBatch(indices: readonly LabelIndex[]): ScatterBatch {
  let length = 0;
  for (const { blocks } of indices) for (const { counts } of blocks.values()) length += counts.size;
  const [body, supervoxel, mutation] = [0, 0, 0].map(() => new BigUint64Array(length));
  const [x, y, z] = [0, 0, 0].map(() => new Int32Array(length));
  const voxels = new Uint32Array(length);
  if (!body || !supervoxel || !mutation || !x || !y || !z) throw new TypeError("never");
  let row = 0;
  for (const { label, blocks, lastMutationId } of indices) {
    for (const [key, { counts }] of sorted(blocks)) {
      const block = decodeBlockKey(key);
      for (const [id, count] of sorted(counts)) {
        body[row] = label;
        x[row] = block[0];
        y[row] = block[1];
        z[row] = block[2];
        supervoxel[row] = id;
        voxels[row] = count;
        mutation[row++] = lastMutationId;
      }
    }
  }
  return { length, columns: [body, x, y, z, supervoxel, voxels, mutation] };
}

/** By key: protobuf maps come in any order, and an export is the same each time. */
function sorted<T>(entries: ReadonlyMap<bigint, T>): [bigint, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Bytes of its values. */
export function sizeOf({ columns }: ScatterBatch): number {
  let size = 0;
  for (const column of columns) {
    if (ArrayBuffer.isView(column)) size += column.byteLength;
    else if (Array.isArray(column)) for (const cell of column) size += cell?.byteLength ?? 0;
  }
  return size;
}
