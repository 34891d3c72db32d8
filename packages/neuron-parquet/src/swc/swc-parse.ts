import { anId, aText, checkArgument, checkOptions, oneOf, type Rules } from "../check-options.ts";
import { NeuronError } from "../errors.ts";
import type { NeuronId, Skeleton, Warning } from "../model.ts";
import { SwcColumns } from "./swc-columns.ts";
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
  checkArgument("text", text, {
    expected: "a string or a Uint8Array",
    fits: (value) => typeof value === "string" || value instanceof Uint8Array,
  });
  checkOptions(options, { ...parseRules, id: anId, file: aText });
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const parser = new SwcParser(options, bytes.length);
  parser.push(bytes);
  return parser.end();
}

export const parseRules: Rules<Omit<ParseSwcOptions, "id" | "file">> = {
  units: aText,
  coordinates: oneOf("float32", "float64"),
};

/** Takes a text in parts, of which it keeps none: a text of any length is parsed in the memory of its neuron. */
export class SwcParser {
  readonly #options: ParseSwcOptions;
  readonly #columns: SwcColumns;
  readonly #header: string[] = [];
  readonly #scan: Scan = { at: 0, value: 0, wide: undefined };
  /** Bytes of the whole text, as far as they are known. */
  readonly #size: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The beginning of a line whose end is still to come. */
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;

  /** `size`: bytes of the text, for a guess at its rows. */
  constructor(options: ParseSwcOptions, size: number) {
    this.#options = options;
    this.#size = size;
    // A row is seldom shorter than 24 bytes; what a long text has is told by its first part.
    const room = Math.ceil(Math.min(size, FIRST_BYTES) / 24) + 1;
    this.#columns = new SwcColumns(options.coordinates === "float64", room);
  }

  push(part: Uint8Array): void {
    this.#bytes = this.#rest.length === 0 ? part : joined(this.#rest, part);
    const bytes = this.#bytes;
    let at = this.#begin();
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      this.#take(at, end);
      at = end + 1;
      if (this.#columns.count === GUESS_ROWS) this.#guess(at);
    }
    this.#rest = bytes.slice(at);
    if (this.#rest.length > MAX_LINE)
      throw this.#error(`has a line of more than ${MAX_LINE} bytes: it is no SWC`, this.#line + 1);
  }

  end(): ParsedSwc {
    this.#bytes = this.#rest;
    const at = this.#begin();
    if (at < this.#rest.length) this.#take(at, this.#rest.length);
    const { id: given, units: stands } = this.#options;
    const { warnings, ...meta } = readMeta(this.#header);
    if (this.#columns.count === 0) warnings.push({ message: "holds no nodes" });
    const columns = this.#columns.take();
    const soma = labelledSoma(columns);
    const units = meta.units ?? stands;
    const neuron: Skeleton = {
      kind: "skeleton",
      id: meta.id ?? given ?? "0",
      ...columns,
      ...(meta.name === undefined ? {} : { name: meta.name }),
      ...(units === undefined ? {} : { units }),
      ...(soma === undefined ? {} : { soma: [soma] }),
      ...(meta.properties === undefined ? {} : { properties: meta.properties }),
    };
    return { neuron, header: this.#header, warnings };
  }

  /** Where the first line begins: behind a byte order mark. */
  #begin(): number {
    const [a, b, c] = this.#bytes;
    return this.#line === 0 && a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  }

  /** Makes room for as many rows as a text of this size has, if they go on as they began. */
  #guess(read: number): void {
    const rows = Math.ceil((this.#size / read) * GUESS_ROWS * 1.02);
    if (rows > GUESS_ROWS * 2 && rows < MAX_GUESS) this.#columns.resize(rows);
  }

  #take(from: number, end: number): void {
    this.#line++;
    let start = from;
    while (start < end && isBlank(this.#bytes[start] as number)) start++;
    if (start === end) return;
    if (this.#bytes[start] === HASH) this.#comment(start, end);
    else this.#row(start, end);
  }

  #comment(start: number, end: number): void {
    if (this.#columns.count > 0) return;
    const stop = this.#bytes[end - 1] === RETURN ? end - 1 : end;
    this.#header.push(new TextDecoder().decode(this.#bytes.subarray(start, stop)));
  }

  #row(start: number, end: number): void {
    this.#scan.at = start;
    const node = this.#integer(end, 0);
    const label = this.#integer(end, 1);
    const x = this.#number(end, 2);
    const y = this.#number(end, 3);
    const z = this.#number(end, 4);
    const radius = this.#number(end, 5);
    const parent = this.#integer(end, 6);
    if (label !== (Number(label) | 0)) throw this.#bad(end, start, 1, "of at most 32 bits");
    this.#columns.push(node, label, x, y, z, radius, parent);
  }

  #number(end: number, column: number): number {
    const bytes = this.#bytes;
    const scan = this.#scan;
    while (scan.at < end && isBlank(bytes[scan.at] as number)) scan.at++;
    const from = scan.at;
    if (!scanNumber(bytes, end, scan) || (scan.at < end && !endsNumber(bytes[scan.at] as number)))
      throw this.#bad(end, from, column, "to be a number");
    return scan.value;
  }

  #integer(end: number, column: number): number | bigint {
    const scan = this.#scan;
    const from = scan.at;
    const value = this.#number(end, column);
    if (Number.isSafeInteger(value)) return value;
    if (!Number.isInteger(value)) throw this.#bad(end, from, column, "to be a whole number");
    const big = scan.wide === undefined ? undefined : BigInt(scan.wide);
    if (big === undefined || big !== BigInt.asIntN(64, big))
      throw this.#bad(end, from, column, "to be a whole number of at most 64 bits");
    return big;
  }

  #bad(end: number, from: number, column: number, wanted: string): NeuronError {
    const rest = this.#bytes.subarray(from, end);
    const [token = ""] = new TextDecoder()
      .decode(rest.subarray(0, 200))
      .trim()
      .split(/[\s,;]+/);
    const name = COLUMNS[column];
    if (token === "" || token.startsWith("#"))
      return this.#error(
        `expected ${name}, but the line ends after ${column} of 7 columns (${ORDER})`,
      );
    const found = JSON.stringify(token.length > 40 ? `${token.slice(0, 40)}…` : token);
    return this.#error(`expected ${name} ${wanted}, got ${found} (${ORDER})`);
  }

  #error(message: string, row: number = this.#line): NeuronError {
    return new NeuronError("invalid-swc", message, { file: this.#options.file, row });
  }
}

const COLUMNS = ["the id", "the type", "x", "y", "z", "the radius", "the parent"] as const;
const ORDER = "id type x y z radius parent";
const FIRST_BYTES = 2 ** 22;
const GUESS_ROWS = 4096;
/** A guess beyond this is not believed before the rows are there. */
const MAX_GUESS = 2 ** 26;
const MAX_LINE = 2 ** 24;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 44 || byte === RETURN || byte === 59;
}

function endsNumber(byte: number): boolean {
  return isBlank(byte) || byte === HASH;
}
