import type { NodeIds } from "../model.ts";

type Floats = Float32Array | Float64Array;

/** The columns of a SWC text, in arrays that grow, and are let go of as they are taken. */
export class SwcColumns {
  count = 0;
  #x: Floats;
  #y: Floats;
  #z: Floats;
  #radius: Floats;
  #label: Int32Array;
  #node: Int32Array | BigInt64Array;
  #parent: Int32Array | BigInt64Array;
  #room: number;

  constructor(isDouble: boolean, room: number) {
    const floats = (): Floats => (isDouble ? new Float64Array(room) : new Float32Array(room));
    this.#room = room;
    [this.#x, this.#y, this.#z, this.#radius] = [floats(), floats(), floats(), floats()];
    [this.#label, this.#node, this.#parent] = [
      new Int32Array(room),
      new Int32Array(room),
      new Int32Array(room),
    ];
  }

  /** `node` and `parent` are numbers where those are exact. */
  push(
    node: number | bigint,
    label: number,
    x: number,
    y: number,
    z: number,
    radius: number,
    parent: number | bigint,
  ): void {
    const row = this.count++;
    if (row === this.#room) this.resize(Math.max(1024, Math.ceil(this.#room * 1.5)));
    this.#x[row] = x;
    this.#y[row] = y;
    this.#z[row] = z;
    this.#radius[row] = radius;
    this.#label[row] = label;
    this.#node = put(this.#node, row, node);
    this.#parent = put(this.#parent, row, parent);
  }

  /** Makes room for `rows`; one column after the other, so that at most one is there twice. */
  resize(rows: number): void {
    this.#room = rows;
    this.#x = resized(this.#x, rows);
    this.#y = resized(this.#y, rows);
    this.#z = resized(this.#z, rows);
    this.#radius = resized(this.#radius, rows);
    this.#label = resized(this.#label, rows);
    this.#node = resized(this.#node, rows);
    this.#parent = resized(this.#parent, rows);
  }

  take(): {
    x: Floats;
    y: Floats;
    z: Floats;
    radius: Floats;
    label: Int32Array;
    nodeId: NodeIds;
    parentId: NodeIds;
  } {
    if (this.#room !== this.count) this.resize(this.count);
    let [nodeId, parentId] = [this.#node, this.#parent];
    if (nodeId.constructor !== parentId.constructor)
      [nodeId, parentId] = [wide(nodeId), wide(parentId)];
    makeRoots(nodeId, parentId);
    const [x, y, z, radius, label] = [this.#x, this.#y, this.#z, this.#radius, this.#label];
    return { x, y, z, radius, label, nodeId, parentId };
  }
}

/** A negative parent is a root, and so is 0 unless there is a node 0. */
function makeRoots(nodes: Int32Array | BigInt64Array, parents: Int32Array | BigInt64Array): void {
  if (parents instanceof BigInt64Array) {
    const hasZero = (nodes as BigInt64Array).includes(0n);
    for (const [row, parent] of parents.entries())
      if (parent < 0n || (parent === 0n && !hasZero)) parents[row] = -1n;
    return;
  }
  const hasZero = (nodes as Int32Array).includes(0);
  for (let row = 0; row < parents.length; row++) {
    const parent = parents[row] as number;
    if (parent < 0 || (parent === 0 && !hasZero)) parents[row] = -1;
  }
}

/** The same array, or a wider one when the id asks for it. */
function put(
  ids: Int32Array | BigInt64Array,
  row: number,
  id: number | bigint,
): Int32Array | BigInt64Array {
  if (ids instanceof Int32Array && id === (Number(id) | 0)) {
    ids[row] = id;
    return ids;
  }
  const all = wide(ids);
  all[row] = BigInt(id);
  return all;
}

function wide(ids: Int32Array | BigInt64Array): BigInt64Array {
  return ids instanceof BigInt64Array ? ids : BigInt64Array.from(ids, BigInt);
}

function resized<T extends Floats | Int32Array | BigInt64Array>(values: T, rows: number): T {
  const made = new (values.constructor as new (length: number) => T)(rows);
  made.set(values.subarray(0, Math.min(values.length, rows)) as never);
  return made;
}
