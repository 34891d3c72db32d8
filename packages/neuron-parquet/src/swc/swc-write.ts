import { concat } from "../archive/inflate.ts";
import { aBoolean, checkArgument, checkOptions, type Rule, type Rules } from "../check-options.ts";
import type { NodeId, Skeleton, Warning } from "../model.ts";
import { RowLookup } from "../row-lookup.ts";
import { UNITS_XYZ } from "./swc-meta.ts";

export interface WriteSwcOptions {
  /** Numbers nodes 1 to n. Default false: ids stay, as does a parent's place before its children. */
  reindex?: boolean;
  /** Writes the line `# Meta: {json}` with id, name, units and properties. Default true. */
  meta?: boolean;
  /** Further header lines; each is made to begin with `#`. */
  header?: readonly string[];
}

/** As bytes, parents before their children, with LF. A radius that is unknown is written as 0 and told. */
export function formatSwc(
  neuron: Skeleton,
  options: WriteSwcOptions = {},
): { bytes: Uint8Array; warnings: Warning[] } {
  checkArgument("neuron", neuron, skeletonRule);
  checkOptions(options, formatRules);
  const warnings: Warning[] = [];
  const parts = [...swcParts(neuron, options, (warning) => warnings.push(warning))];
  const [first = new Uint8Array(0)] = parts;
  if (parts.length <= 1) return { bytes: first, warnings };
  return {
    bytes: concat(
      parts,
      parts.reduce((sum, { length }) => sum + length, 0),
    ),
    warnings,
  };
}

export const formatRules: Rules<WriteSwcOptions> = {
  reindex: aBoolean,
  meta: aBoolean,
  header: {
    expected: "a list of strings",
    fits: (value) => Array.isArray(value) && value.every((line) => typeof line === "string"),
  },
};
const skeletonRule: Rule = {
  expected: "a skeleton",
  fits: (value) => (value as Skeleton | null | undefined)?.kind === "skeleton",
};

/** Rows of a part: a text of ten million rows is longer than a string may be. */
const PART_ROWS = 32_768;

/** The text of `formatSwc` part by part. */
export function* swcParts(
  neuron: Skeleton,
  options: WriteSwcOptions,
  onWarning: (warning: Warning) => void,
): Generator<Uint8Array, void, undefined> {
  const { reindex = false, meta = true, header = [] } = options;
  const lines: string[] = [];
  if (meta) lines.push(`# Meta: ${JSON.stringify(metaOf(neuron), asText)}`);
  for (const line of header) {
    if (!/^#\s*meta:/i.test(line) || !meta) lines.push(line.startsWith("#") ? line : `# ${line}`);
  }
  const { order, parents } = parentsFirst(neuron);
  const { id, nodeId, parentId, x, y, z, radius } = neuron;
  const rank = reindex ? ranks(order) : undefined;
  const isDouble = [x, y, z].some((values) => values instanceof Float64Array);
  const number = isDouble ? String : shortest;
  const types = new Types(neuron);
  const encoder = new TextEncoder();
  let unknown = 0;
  let parts: string[] = lines.map((line) => `${line}\n`);
  for (let at = 0; at < order.length; at++) {
    const row = order[at] as number;
    const r = radius?.[row] ?? Number.NaN;
    if (Number.isNaN(r)) unknown++;
    const parentRow = parents[row] as number;
    const node = reindex ? at + 1 : (nodeId[row] as NodeId);
    const parent = rank
      ? parentRow < 0
        ? -1
        : (rank[parentRow] as number)
      : rootless(parentId[row] as NodeId, parentId);
    parts.push(
      `${node} ${types.of(row)} ${number(x[row] as number)} ${number(y[row] as number)} ${number(z[row] as number)} ${Number.isNaN(r) ? 0 : number(r)} ${parent}\n`,
    );
    if (parts.length < PART_ROWS) continue;
    yield encoder.encode(parts.join(""));
    parts = [];
  }
  if (parts.length > 0) yield encoder.encode(parts.join(""));
  if (unknown > 0) onWarning({ neuron: id, message: `${unknown} unknown radii are written as 0` });
  types.tell(onWarning);
}

/** The place of each row in `order`, from 1. */
function ranks(order: Int32Array): Int32Array {
  const rank = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) rank[order[at] as number] = at + 1;
  return rank;
}

/** Labels as SWC has them: integers; a text is one, or written as 0. */
class Types {
  readonly #neuron: Skeleton;
  readonly #texts = new Map<string, number>();

  constructor(neuron: Skeleton) {
    this.#neuron = neuron;
  }

  of(row: number): number | bigint {
    const type = this.#neuron.label?.[row] ?? 0;
    if (typeof type !== "string") return type;
    if (/^-?\d{1,9}$/.test(type)) return Number(type);
    this.#texts.set(type, (this.#texts.get(type) ?? 0) + 1);
    return 0;
  }

  tell(onWarning: (warning: Warning) => void): void {
    if (this.#texts.size === 0) return;
    let count = 0;
    for (const one of this.#texts.values()) count += one;
    const which = [...this.#texts.keys()].slice(0, 20).join(", ");
    onWarning({ neuron: this.#neuron.id, message: `${count} labels are written as 0: ${which}` });
  }
}

function rootless(parent: NodeId, parents: Skeleton["parentId"]): NodeId {
  return parents instanceof BigUint64Array && parent === 2n ** 64n - 1n ? -1 : parent;
}

function metaOf({ id, name, units, properties }: Skeleton): Record<string, unknown> {
  return {
    id: String(id),
    ...(name === undefined ? {} : { name }),
    ...(units === undefined ? {} : { [typeof units === "string" ? "units" : UNITS_XYZ]: units }),
    ...properties,
  };
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** The shortest decimal that reads back as the same float32. */
function shortest(value: number): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * Rows so that each parent stands before its children, otherwise in their own order; rows on a cycle come last.
 * `parents` holds row numbers, -1 for a root or a parent that is no node.
 */
function parentsFirst({ nodeId, parentId }: Skeleton): {
  order: Int32Array;
  parents: Int32Array;
} {
  const parents = parentRows(nodeId, parentId);
  const rows = parents.length;
  const order = new Int32Array(rows);
  let isOrdered = true;
  for (let row = 0; row < rows && isOrdered; row++) isOrdered = (parents[row] as number) < row;
  if (isOrdered) return { order: order.map((_, row) => row), parents };
  const done = new Uint8Array(rows);
  const chain = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    let length = 0;
    for (let at = row; at >= 0 && done[at] === 0; at = parents[at] as number) {
      done[at] = 1;
      chain[length++] = at;
    }
    while (length > 0) order[count++] = chain[--length] as number;
  }
  return { order, parents };
}

/** Row of each parent, -1 where there is none; the first row of an id that comes twice. */
export function parentRows(nodeId: Skeleton["nodeId"], parentId: Skeleton["parentId"]): Int32Array {
  const rows = new Int32Array(nodeId.length).fill(-1);
  const isDense = nodeId instanceof Int32Array && denseRows(nodeId, parentId as Int32Array, rows);
  if (isDense) return rows;
  const lookup = new RowLookup(nodeId);
  for (let row = 0; row < rows.length; row++) rows[row] = lookup.rowOfAt(parentId, row);
  return rows;
}

/** A table instead of a map, when ids are small enough. */
function denseRows(nodes: Int32Array, parents: Int32Array, rows: Int32Array): boolean {
  let most = 0;
  for (const id of nodes) {
    if (id < 0) return false;
    if (id > most) most = id;
  }
  if (most > nodes.length * 8 + 1024) return false;
  const table = new Int32Array(most + 1).fill(-1);
  for (let row = nodes.length - 1; row >= 0; row--) table[nodes[row] as number] = row;
  for (let row = 0; row < rows.length; row++) {
    const parent = parents[row] as number;
    rows[row] = parent >= 0 && parent <= most ? (table[parent] as number) : -1;
  }
  return true;
}
