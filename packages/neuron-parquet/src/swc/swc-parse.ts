import { NeuronError } from "../errors.ts";
import type { NeuronId, Skeleton, Warning } from "../model.ts";
import { readMeta } from "./swc-meta.ts";
import { type Scan, scanNumber } from "./swc-numbers.ts";
import { labelledSoma } from "./swc-soma.ts";

export interface ParseSwcOptions {
  /** The id, where the file's own header names none. */
  id?: NeuronId;
  /** What `x` stands for: SWC says micrometer, data of electron microscopy are in nanometer or voxels. Never guessed. */
  units?: string;
  /** Names the text in errors. */
  file?: string;
  /** Float32 unless asked otherwise. */
  coordinates?: "float32" | "float64";
}

export interface ParsedSwc {
  neuron: Skeleton;
  /** Header lines, without their line ends, as they stand. */
  header: string[];
  warnings: Warning[];
}

const NEWLINE = 10;
const RETURN = 13;
const HASH = 35;

/**
 * Parses SWC as it is found: tabs, commas, CRLF, comments anywhere, a BOM, more than seven columns, several roots, ids in any order.
 * Ids, parents and labels stay as they are; a parent of 0 is a root unless a node 0 exists.
 * @throws {NeuronError} `invalid-swc`, with the line.
 */
export function parseSwc(text: string | Uint8Array, options: ParseSwcOptions = {}): ParsedSwc {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const rows = new SwcRows(bytes, options.file);
  rows.read();
  const { header } = rows;
  const meta = readMeta(header);
  const warnings: Warning[] = meta.warnings;
  const { count } = rows;
  const isDouble = options.coordinates === "float64";
  const column = (values: Float64Array): Float32Array | Float64Array =>
    isDouble ? values.slice(0, count) : Float32Array.from(values.subarray(0, count));
  const { nodeId, parentId } = rows.ids();
  const label = Int32Array.from(rows.label.subarray(0, count));
  const id = meta.id ?? options.id ?? "0";
  const soma = labelledSoma({ label, nodeId });
  const units = meta.units ?? options.units;
  const neuron: Skeleton = {
    kind: "skeleton",
    id,
    nodeId,
    parentId,
    x: column(rows.x),
    y: column(rows.y),
    z: column(rows.z),
    radius: column(rows.radius),
    label,
    ...(meta.name === undefined ? {} : { name: meta.name }),
    ...(units === undefined ? {} : { units }),
    ...(soma === undefined ? {} : { soma: [soma] }),
    ...(meta.properties === undefined ? {} : { properties: meta.properties }),
  };
  return { neuron, header, warnings };
}

/** The columns of a SWC text, in arrays that grow. */
class SwcRows {
  readonly header: string[] = [];
  count = 0;
  x: Float64Array;
  y: Float64Array;
  z: Float64Array;
  radius: Float64Array;
  label: Float64Array;
  #node: Float64Array;
  #parent: Float64Array;
  /** Ids beyond 2^53, by row: then the columns are made of BigInts. */
  readonly #wide = new Map<number, { node?: bigint; parent?: bigint }>();
  readonly #bytes: Uint8Array;
  readonly #file: string | undefined;
  readonly #scan: Scan = { at: 0, value: 0, wide: undefined };
  #line = 0;

  constructor(bytes: Uint8Array, file: string | undefined) {
    this.#bytes = bytes;
    this.#file = file;
    // A row is seldom shorter than 24 bytes.
    const rows = Math.ceil(bytes.length / 24) + 1;
    const make = (): Float64Array => new Float64Array(rows);
    [this.x, this.y, this.z, this.radius, this.label, this.#node, this.#parent] = [
      make(),
      make(),
      make(),
      make(),
      make(),
      make(),
      make(),
    ];
  }

  read(): void {
    const bytes = this.#bytes;
    let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    while (at < bytes.length) {
      this.#line++;
      let end = bytes.indexOf(NEWLINE, at);
      if (end < 0) end = bytes.length;
      let start = at;
      while (start < end && isBlank(bytes[start] as number)) start++;
      if (start < end && bytes[start] === HASH) this.#comment(start, end);
      else if (start < end) this.#row(start, end);
      at = end + 1;
    }
  }

  ids(): { nodeId: Skeleton["nodeId"]; parentId: Skeleton["parentId"] } {
    const { count } = this;
    const nodes = this.#node.subarray(0, count);
    const parents = this.#parent.subarray(0, count);
    const hasZero = nodes.includes(0);
    for (let row = 0; row < count; row++) {
      const parent = parents[row] as number;
      if (parent < 0 || (parent === 0 && !hasZero)) parents[row] = -1;
    }
    if (this.#wide.size === 0 && fits32(nodes) && fits32(parents)) {
      return { nodeId: Int32Array.from(nodes), parentId: Int32Array.from(parents) };
    }
    const big = (values: Float64Array, key: "node" | "parent"): BigInt64Array =>
      BigInt64Array.from(values, (value, row) => this.#wide.get(row)?.[key] ?? BigInt(value));
    return { nodeId: big(nodes, "node"), parentId: big(parents, "parent") };
  }

  #comment(start: number, end: number): void {
    const stop = this.#bytes[end - 1] === RETURN ? end - 1 : end;
    if (this.count === 0)
      this.header.push(new TextDecoder().decode(this.#bytes.subarray(start, stop)));
  }

  #row(start: number, end: number): void {
    const scan = this.#scan;
    const row = this.count;
    if (row === this.x.length) this.#grow();
    scan.at = start;
    this.#node[row] = this.#integer(end, "an id", row, "node");
    this.label[row] = this.#integer(end, "a type", row, undefined);
    this.x[row] = this.#number(end, "x");
    this.y[row] = this.#number(end, "y");
    this.z[row] = this.#number(end, "z");
    this.radius[row] = this.#number(end, "a radius");
    this.#parent[row] = this.#integer(end, "a parent", row, "parent");
    this.count++;
  }

  #number(end: number, what: string): number {
    const bytes = this.#bytes;
    const scan = this.#scan;
    while (scan.at < end && isBlank(bytes[scan.at] as number)) scan.at++;
    const from = scan.at;
    if (!scanNumber(bytes, end, scan) || (scan.at < end && !endsNumber(bytes[scan.at] as number))) {
      throw this.#bad(end, from, what);
    }
    return scan.value;
  }

  #integer(end: number, what: string, row: number, key: "node" | "parent" | undefined): number {
    const value = this.#number(end, what);
    if (!Number.isInteger(value)) throw this.#bad(end, this.#scan.at, `${what}, a whole number,`);
    if (Number.isSafeInteger(value)) return value;
    const { wide } = this.#scan;
    const big = wide === undefined ? undefined : BigInt(wide);
    if (key === undefined || big === undefined || big !== BigInt.asIntN(64, big)) {
      throw this.#bad(end, this.#scan.at, `${what} of at most 64 bits`);
    }
    this.#wide.set(row, { ...this.#wide.get(row), [key]: big });
    return value;
  }

  #grow(): void {
    const more = (values: Float64Array): Float64Array => {
      const grown = new Float64Array(values.length * 2);
      grown.set(values);
      return grown;
    };
    [this.x, this.y, this.z, this.radius, this.label, this.#node, this.#parent] = [
      more(this.x),
      more(this.y),
      more(this.z),
      more(this.radius),
      more(this.label),
      more(this.#node),
      more(this.#parent),
    ];
  }

  #bad(end: number, at: number, what: string): NeuronError {
    const rest = this.#bytes.subarray(at, Math.min(end, at + 40));
    const found = JSON.stringify(new TextDecoder().decode(rest).trimEnd());
    return new NeuronError("invalid-swc", `expected ${what}, got ${found}`, {
      file: this.#file,
      row: this.#line,
    });
  }
}

function fits32(values: Float64Array): boolean {
  for (const value of values) if (value !== (value | 0)) return false;
  return true;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 44 || byte === RETURN || byte === 59;
}

function endsNumber(byte: number): boolean {
  return isBlank(byte) || byte === HASH;
}
