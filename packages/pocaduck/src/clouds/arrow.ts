import { setImmediate as turn } from "node:timers/promises";
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
  yield* paced(batches());
}

/** An Arrow IPC file of `batches`. The writer queues without bound, so its bytes are taken after each batch. */
async function* paced(batches: AsyncIterable<RecordBatch>): AsyncGenerator<Uint8Array> {
  const writer = new RecordBatchFileWriter();
  const bytes = writer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let next = bytes.next();
  for await (const batch of batches) {
    writer.write(batch);
    for (;;) {
      const step = await Promise.race([next, turn()]);
      if (!step) break;
      next = bytes.next();
      yield step.value;
    }
  }
  writer.close();
  for (let step = await next; !step.done; step = await bytes.next()) yield step.value;
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
