import type { Axis } from "@pocaduck/format";
import {
  type Dotprops,
  makeDotprops,
  type WriteReport,
  writeNeurons,
} from "@pocaduck/neuron-parquet";
import type { PointCloud, Query } from "@pocaduck/query";
import { CommandError } from "../cli/exit-codes.ts";
import { axisValues } from "./cloud-source.ts";

/** Each label as dotprops, whose tangents run over the 20 nearest points; one label is in memory at a time. */
export async function writeDotprops(
  path: string,
  query: Query,
  labels: readonly bigint[],
  signal: AbortSignal,
): Promise<WriteReport> {
  const { axes } = query.schema;
  const places = [place(axes, "x"), place(axes, "y"), place(axes, "z")] as const;
  const units = unitsOf(places.map((at) => axes[at] as Axis));
  const neurons = async function* (): AsyncGenerator<Dotprops> {
    for (const label of labels) {
      const cloud = await query.points(label, { signal });
      const [x, y, z] = [
        along(cloud, axes, places[0]),
        along(cloud, axes, places[1]),
        along(cloud, axes, places[2]),
      ];
      yield makeDotprops({ id: label, ...(units === undefined ? {} : { units }) }, { x, y, z });
    }
  };
  return writeNeurons(path, neurons());
}

function place(axes: readonly Axis[], name: string): number {
  const at = axes.findIndex((axis) => axis.name === name);
  if (at < 0) throw new CommandError("dotprops need axes x, y and z");
  return at;
}

/** Steps of the axis from the origin of the space, which an axis may begin away from. */
function along(cloud: PointCloud, axes: readonly Axis[], at: number): Float64Array {
  const { offset = 0, resolution = 1 } = axes[at] as Axis;
  return Float64Array.from(
    axisValues(cloud, at, axes.length) as ArrayLike<number>,
    (value) => Number(value) + offset / resolution,
  );
}

function unitsOf(axes: readonly Axis[]): string | [string, string, string] | undefined {
  const [x, y, z] = axes.map(({ unit, resolution = 1 }) => unit && `${resolution} ${unit}`);
  if (!x || !y || !z) return undefined;
  return x === y && y === z ? x : [x, y, z];
}
