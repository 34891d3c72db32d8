import { NeuronError } from "../errors.ts";
import type { Skeleton } from "../model.ts";
import { parentRows } from "../swc/swc-write.ts";

export interface VertexAttribute {
  readonly id: string;
  readonly data_type: "float32" | "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32";
  readonly num_components: number;
}

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as const;

export const ATTRIBUTES: readonly VertexAttribute[] = [
  { id: "radius", data_type: "float32", num_components: 1 },
  { id: "vertex_types", data_type: "uint8", num_components: 1 },
];

/** What an info says of its vertices. @throws {NeuronError} `corrupt` */
export function assertAttributes(value: unknown): readonly VertexAttribute[] {
  if (!Array.isArray(value)) throw new NeuronError("corrupt", "vertex_attributes is no list");
  for (const attribute of value as (Partial<VertexAttribute> | null)[]) {
    const { id, data_type, num_components } = attribute ?? {};
    if (typeof id !== "string" || typeof data_type !== "string")
      throw new NeuronError("corrupt", "a vertex attribute has no id or data_type");
    if (Number.isSafeInteger(num_components) && (num_components as number) > 0) continue;
    throw new NeuronError(
      "corrupt",
      `vertex attribute "${id}" has ${JSON.stringify(num_components)} as num_components`,
    );
  }
  return value;
}

/** Undefined for what is no integer of 0 to 255. */
export function labelByte(label: string | number | bigint): number | undefined {
  const value = label === "" ? Number.NaN : Number(label);
  return value === (value & 255) ? value : undefined;
}

/** Vertices in nanometers, edges, radius and type, as neuroglancer reads them. */
export function encodeSkeleton(
  neuron: Skeleton,
  scale: readonly [number, number, number],
): Uint8Array {
  const { x, y, z, radius, label, nodeId, parentId } = neuron;
  const rows = x.length;
  const parents = parentRows(nodeId, parentId);
  let edges = 0;
  for (const parent of parents) if (parent >= 0) edges++;
  const out = new Uint8Array(8 + rows * 12 + edges * 8 + rows * 5);
  const view = new DataView(out.buffer);
  view.setUint32(0, rows, true);
  view.setUint32(4, edges, true);
  let at = 8;
  for (let row = 0; row < rows; row++, at += 12) {
    view.setFloat32(at, (x[row] as number) * scale[0], true);
    view.setFloat32(at + 4, (y[row] as number) * scale[1], true);
    view.setFloat32(at + 8, (z[row] as number) * scale[2], true);
  }
  for (let row = 0; row < rows; row++) {
    const parent = parents[row] as number;
    if (parent < 0) continue;
    // The format's edges have no direction, but some readers take the first end for the parent.
    view.setUint32(at, parent, true);
    view.setUint32(at + 4, row, true);
    at += 8;
  }
  for (let row = 0; row < rows; row++, at += 4)
    view.setFloat32(at, (radius?.[row] ?? 0) * scale[0], true);
  for (let row = 0; row < rows; row++) out[at + row] = labelByte(label?.[row] ?? 0) ?? 0;
  return out;
}

/** Edges have no direction: they are given one from the soma, or from an end where there is none. */
export function decodeSkeleton(
  id: bigint,
  bytes: Uint8Array,
  attributes: readonly VertexAttribute[],
  transform: readonly number[],
): Skeleton {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8)
    throw new NeuronError("truncated", "is too short for a skeleton", { neuron: id });
  const rows = view.getUint32(0, true);
  const edges = view.getUint32(4, true);
  if (8 + rows * 12 + edges * 8 > bytes.length) {
    throw new NeuronError(
      "truncated",
      `claims ${rows} vertices and ${edges} edges in ${bytes.length} bytes`,
      { neuron: id },
    );
  }
  const [x, y, z] = [new Float32Array(rows), new Float32Array(rows), new Float32Array(rows)];
  const t = (at: number): number => transform[at] ?? 0;
  for (let row = 0; row < rows; row++) {
    const at = 8 + row * 12;
    const [a, b, c] = [
      view.getFloat32(at, true),
      view.getFloat32(at + 4, true),
      view.getFloat32(at + 8, true),
    ];
    x[row] = t(0) * a + t(1) * b + t(2) * c + t(3);
    y[row] = t(4) * a + t(5) * b + t(6) * c + t(7);
    z[row] = t(8) * a + t(9) * b + t(10) * c + t(11);
  }
  const ends = new Uint32Array(edges * 2);
  for (let at = 0; at < ends.length; at++) {
    const end = view.getUint32(8 + rows * 12 + at * 4, true);
    if (end >= rows)
      throw new NeuronError("corrupt", `an edge ends at vertex ${end} of ${rows}`, { neuron: id });
    ends[at] = end;
  }
  const columns = readAttributes(bytes, 8 + rows * 12 + edges * 8, rows, attributes, id);
  const types = columns.get("vertex_types");
  const label = types && Int32Array.from(types);
  const soma = label ? label.indexOf(1) : -1;
  const parents = orient(rows, ends, soma);
  const radius = columns.get("radius");
  return {
    kind: "skeleton",
    id,
    units: "1 nanometer",
    ...(soma >= 0 ? { soma: [soma + 1] } : {}),
    nodeId: Int32Array.from({ length: rows }, (_, row) => row + 1),
    parentId: parents.map((parent) => (parent < 0 ? -1 : parent + 1)),
    x,
    y,
    z,
    ...(radius ? { radius: Float32Array.from(radius) } : {}),
    ...(label ? { label } : {}),
  };
}

function readAttributes(
  bytes: Uint8Array,
  start: number,
  rows: number,
  attributes: readonly VertexAttribute[],
  id: bigint,
): Map<string, ArrayLike<number>> {
  const columns = new Map<string, ArrayLike<number>>();
  let at = start;
  for (const { id: name, data_type, num_components } of attributes) {
    const kind = ARRAYS[data_type];
    if (!kind)
      throw new NeuronError("unsupported", `vertex attribute "${name}" is ${data_type}`, {
        neuron: id,
      });
    const count = rows * num_components;
    const end = at + count * kind.BYTES_PER_ELEMENT;
    if (end > bytes.length)
      throw new NeuronError("truncated", `vertex attribute "${name}" is cut off`, { neuron: id });
    if (num_components === 1) columns.set(name, new kind(bytes.slice(at, end).buffer));
    at = end;
  }
  return columns;
}

/** Parent row of each vertex, -1 for one root in each connected part. */
function orient(rows: number, ends: Uint32Array, soma: number): Int32Array {
  const degree = new Int32Array(rows + 1);
  for (const end of ends) degree[end + 1] = (degree[end + 1] as number) + 1;
  const isEnd = Uint8Array.from({ length: rows }, (_, row) =>
    (degree[row + 1] as number) <= 1 ? 1 : 0,
  );
  for (let row = 0; row < rows; row++)
    degree[row + 1] = (degree[row + 1] as number) + (degree[row] as number);
  const fill = degree.slice();
  const next = new Int32Array(ends.length);
  for (let at = 0; at < ends.length; at += 2) {
    const [a, b] = [ends[at] as number, ends[at + 1] as number];
    next[fill[a] as number] = b;
    fill[a] = (fill[a] as number) + 1;
    next[fill[b] as number] = a;
    fill[b] = (fill[b] as number) + 1;
  }
  const parents = new Int32Array(rows).fill(-2);
  const queue = new Int32Array(rows);
  const walk = (root: number): void => {
    if (parents[root] !== -2) return;
    parents[root] = -1;
    queue[0] = root;
    for (let head = 0, tail = 1; head < tail; head++) {
      const at = queue[head] as number;
      for (let link = degree[at] as number; link < (degree[at + 1] as number); link++) {
        const to = next[link] as number;
        if (parents[to] !== -2) continue;
        parents[to] = at;
        queue[tail++] = to;
      }
    }
  };
  if (soma >= 0) walk(soma);
  for (let row = 0; row < rows; row++) if (isEnd[row] === 1) walk(row);
  // What is left are rings without an end.
  for (let row = 0; row < rows; row++) walk(row);
  return parents;
}
