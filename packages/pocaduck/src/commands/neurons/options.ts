import type { Format, NeuronId, ReadAnyOptions, Warning } from "@pocaduck/neuron-parquet";
import type { Output } from "../../cli/output.ts";
import { parseChoice, parseInteger } from "../../cli/parse-value.ts";

export const indexOption = {
  index: {
    type: "string",
    value: "file",
    about: "what neurons index made of the input; looked for beside it, as <input>.index",
  },
} as const;

export const readOptions = {
  from: {
    type: "string",
    value: "format",
    about: "what the input is, where its name does not tell: parquet, swc, precomputed, arrow",
  },
  id: { type: "string", value: "id", multiple: true, about: "only this neuron" },
  limit: { type: "string", value: "count", about: "at most so many neurons" },
  pattern: {
    type: "string",
    value: "text",
    about: "how names of SWC files give ids, such as {name}_{id:int}.swc",
  },
  units: {
    type: "string",
    value: "text",
    about: "of neurons that tell none: '8 nanometer', or '[4 4 40] nanometer'",
  },
  skip: {
    type: "boolean",
    about: "pass over broken SWC files and tell which; else they end the command",
  },
} as const;

export const shapeOptions = {
  "id-type": {
    type: "string",
    value: "type",
    about: "write ids as integer or text; needed where they are floating-point numbers",
  },
} as const;

export const parquetOptions = {
  dialect: {
    type: "string",
    value: "name",
    about: "of Parquet: navis (default), navis-1, zip, neurarrow",
  },
  unreadable: { type: "boolean", about: "write also what navis could not read back" },
} as const;

export const toOption = {
  to: {
    type: "string",
    value: "format",
    about: "what to write, where the name does not tell: parquet, swc, precomputed, arrow, csv",
  },
} as const;

export type Given = Partial<Record<string, string | boolean | string[]>>;

const readable: readonly Exclude<Format, "csv">[] = ["parquet", "swc", "precomputed", "arrow"];

/** Lines of one kind; a hundred thousand neurons may all have what a format has no place for. */
const SHOWN = 10;
/** Names of files make kinds of their own; what comes beyond so many counts as one. */
const KINDS = 50;

interface Kind {
  readonly first: Warning[];
  count: number;
}

/** Warnings that differ in numbers only are of one kind, in the order in which the first of each came. */
function kindsOf(warnings: readonly Warning[]): Iterable<Kind> {
  const kinds = new Map<string, Kind>();
  for (const warning of warnings) {
    const text = warning.message.replace(/\d+/g, "#");
    const key = kinds.has(text) || kinds.size < KINDS ? text : "";
    const kind = kinds.get(key) ?? { first: [], count: 0 };
    kinds.set(key, kind);
    kind.count++;
    if (kind.first.length < SHOWN) kind.first.push(warning);
  }
  return kinds.values();
}

/** What was passed over or worth telling, listed on standard error at the end. */
export class Notes {
  readonly #output: Output;
  readonly warnings: Warning[] = [];
  readonly skipped: { name: string; reason: string }[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** Leaves out the warnings of this text. */
  forget(text: string): void {
    const others = this.warnings.filter(({ message }) => message !== text);
    this.warnings.splice(0, this.warnings.length, ...others);
  }

  tell(): void {
    for (const { first, count } of kindsOf(this.warnings)) {
      for (const { neuron, message } of first)
        this.#output.note(neuron === undefined ? message : `neuron ${neuron}: ${message}`);
      if (count > first.length)
        this.#output.note(`… and ${(count - first.length).toLocaleString("en")} more like these`);
    }
    if (this.skipped.length > 0) this.#output.note(`passed over ${this.skipped.length}:`);
    for (const { name, reason } of this.skipped) this.#output.note(`  ${name}: ${reason}`);
  }
}

export interface Reading extends ReadAnyOptions {
  /** The file of `neurons index`; without it, the one beside the input. */
  index?: string;
}

/** How the neurons are read; `units` go by {@link parseShape}. */
export function reading(given: Given, notes: Notes): Reading {
  const { from, id, limit, pattern, skip, index } = given;
  return {
    ...(typeof from === "string" ? { format: parseChoice("--from", from, readable) } : {}),
    ...(Array.isArray(id) ? { ids: id.flatMap(candidates), missing: "skip" as const } : {}),
    ...(typeof limit === "string" ? { limit: parseLimit(limit) } : {}),
    ...(typeof pattern === "string" ? { pattern } : {}),
    ...(typeof index === "string" ? { index } : {}),
    onSkip(name: string, error: Error | undefined) {
      if (error && skip !== true) throw error;
      notes.skipped.push({ name, reason: error?.message ?? "no SWC" });
    },
    onWarning: (warning: Warning) => void notes.warnings.push(warning),
  };
}

export function parseLimit(text: string): number {
  return parseInteger("--limit", text, 0, Number.MAX_SAFE_INTEGER);
}

/** Digits may be an integer id or a text of digits, other numbers a float: the file decides. */
export function candidates(text: string): NeuronId[] {
  if (integer.test(text)) return [BigInt(text), text];
  return float.test(text) ? [Number(text), text] : [text];
}

/** The same for every spelling of one id. */
export function canonicalId(text: string): string {
  if (integer.test(text)) return BigInt(text).toString();
  return float.test(text) ? String(Number(text)) : text;
}

const integer = /^-?\d+$/;
const float = /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
