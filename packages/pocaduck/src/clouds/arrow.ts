import type { PointCloud } from "@pocaduck/query";
import {
  makeVector,
  type RecordBatch,
  RecordBatchFileWriter,
  Table,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { axisValues, type CloudSource } from "./cloud-source.ts";

/** An Arrow IPC file: columns label, coordinates, attributes. */
export async function* toArrow({ schema, labels, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const { emptyCloud } = await import("./empty-cloud.ts");
  const batches = async function* (): AsyncGenerator<RecordBatch> {
    let any = false;
    for await (const cloud of parts()) {
      any = true;
      yield* tableOf(cloud).batches;
    }
    if (!any) yield* tableOf(emptyCloud(schema, labels[0] ?? 0n)).batches;
  };
  const writer = RecordBatchFileWriter.writeAll(batches() as never);
  for await (const bytes of await writer) yield bytes as Uint8Array;
}

function tableOf(cloud: PointCloud): Table {
  const axes = cloud.axes.length;
  const columns: Record<string, Vector> = {
    label: makeVector(new BigUint64Array(cloud.length).fill(cloud.label)),
  };
  for (const [axis, name] of cloud.axes.entries()) {
    columns[name] = makeVector(axisValues(cloud, axis, axes) as Int32Array);
  }
  for (const [name, values] of Object.entries(cloud.attributes)) {
    columns[name] = Array.isArray(values)
      ? vectorFromArray(values, new Utf8())
      : makeVector(values as Int32Array);
  }
  return new Table(columns);
}
