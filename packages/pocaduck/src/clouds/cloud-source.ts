import type { Schema } from "@pocaduck/format";
import type { PointCloud, Query } from "@pocaduck/query";

/** The clouds of some labels, in parts that fit in memory, and what a file's head needs to know of them. */
export interface CloudSource {
  labels: readonly bigint[];
  /** Points of each label. */
  lengths: readonly number[];
  /** Points of all labels. */
  length: number;
  schema: Schema;
  parts(): AsyncIterable<PointCloud>;
  /** Of one label; read anew each time. */
  partsOf(label: bigint): AsyncIterable<PointCloud>;
}

export async function cloudSource(
  query: Query,
  labels: readonly bigint[],
  signal: AbortSignal,
): Promise<CloudSource> {
  const lengths: number[] = [];
  for (const label of labels) lengths.push(await query.count(label, { signal }));
  const partsOf = (label: bigint): AsyncIterable<PointCloud> => query.stream(label, { signal });
  const parts = async function* (): AsyncGenerator<PointCloud> {
    for (const label of labels) yield* partsOf(label);
  };
  const length = lengths.reduce((sum, each) => sum + each, 0);
  return { labels, lengths, length, schema: query.schema, parts, partsOf };
}

/** One axis of a cloud, point by point. */
export function axisValues(
  { positions, length }: PointCloud,
  axis: number,
  axes: number,
): PointCloud["positions"] {
  const values = positions.slice(0, length);
  for (let point = 0; point < length; point++)
    values[point] = positions[point * axes + axis] as never;
  return values;
}
