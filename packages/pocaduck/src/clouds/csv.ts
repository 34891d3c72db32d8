import type { PointCloud } from "@pocaduck/query";
import type { CloudSource } from "./cloud-source.ts";

const encoder = new TextEncoder();
const linesAtOnce = 10_000;

/** One line a point: its label where there are several, its coordinates, its attributes. */
export async function* toCsv({ labels, schema, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const several = labels.length > 1;
  const names = [...schema.axes.map(({ name }) => name), ...Object.keys(schema.attributes)];
  yield encoder.encode(`${(several ? ["label", ...names] : names).join()}\n`);
  for await (const cloud of parts()) {
    let lines = "";
    for (let point = 0; point < cloud.length; point++) {
      const values = valuesOf(cloud, point).map(quote);
      lines += `${(several ? [cloud.label, ...values] : values).join()}\n`;
      if (point % linesAtOnce !== linesAtOnce - 1) continue;
      yield encoder.encode(lines);
      lines = "";
    }
    yield encoder.encode(lines);
  }
}

function valuesOf({ axes, positions, attributes }: PointCloud, point: number): unknown[] {
  const values: unknown[] = [];
  for (let axis = 0; axis < axes.length; axis++) values.push(positions[point * axes.length + axis]);
  for (const column of Object.values(attributes)) values.push(column[point]);
  return values;
}

function quote(value: unknown): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
