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

/** One object for a label, a list of them for several; 64-bit integers as strings. */
export async function* toJson({ labels, parts }: CloudSource): AsyncGenerator<Uint8Array> {
  const clouds = labels.map((label) => ({
    label: String(label),
    length: 0,
    positions: [] as unknown[],
    attributes: {} as Record<string, unknown[]>,
  }));
  for await (const part of parts()) {
    const cloud = clouds[labels.indexOf(part.label)];
    if (!cloud) continue;
    const axes = part.axes.length;
    for (let point = 0; point < part.length; point++) {
      const position = part.positions.subarray(point * axes, (point + 1) * axes);
      cloud.positions.push(Array.from(position as ArrayLike<unknown>, plain));
    }
    for (const [name, values] of Object.entries(part.attributes)) {
      const all = cloud.attributes[name] ?? [];
      for (const value of values) all.push(plain(value));
      cloud.attributes[name] = all;
    }
    cloud.length += part.length;
  }
  yield encoder.encode(`${JSON.stringify(clouds.length === 1 ? clouds[0] : clouds)}\n`);
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
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
